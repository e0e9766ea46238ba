"""Which files the rules of a repository let a change touch."""

import re
from typing import Any

import pytest
from tamma_core.domain.guard import Verdict
from tamma_core.domain.rules import Rules
from tamma_core.guards.path_patterns import _matches, _name, check_pattern
from tamma_core.guards.policy import GuardPolicy
from unit.core.guards.changes import Trees, findings
from unit.core.guards.counting import calls

parser = re._parser  # type: ignore[attr-defined]  # nothing public tells what a pattern is made of


def under(*, allowed: tuple[str, ...] = (), protected: tuple[str, ...] = ()) -> GuardPolicy:
    groups = [(group,) if group else () for group in (allowed, protected)]
    return GuardPolicy().under(Rules(allowed_paths=groups[0], protected_paths=groups[1]))


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("src/a.txt", None),
        ("docs/a.txt", Verdict.REFUSE),
        ("src/gen/a.txt", Verdict.REFUSE),
        ("migrations/1.txt", Verdict.REFUSE),
        ("src/core/keys.txt", Verdict.HUMAN),
        ("SRC/core/keys.txt", Verdict.REFUSE),
    ],
)
async def test_a_file_is_judged_by_its_place(path: str, verdict: Verdict | None) -> None:
    """Outside of what is allowed nothing passes; what is protected goes to a person."""
    policy = under(allowed=("src/", "!src/gen/"), protected=("keys.*", "/migrations/"))
    found = await findings({path: ("a\n", "b\n")}, policy)
    assert [one.verdict for one in found if one.rule in {"outside_paths", "protected_path"}][:1] == (
        [] if verdict is None else [verdict]
    )


@pytest.mark.parametrize("path", ["SRC/KEYS.txt", "src/e\u0301te\u0301.txt"])
async def test_another_spelling_of_a_protected_path_is_protected(path: str) -> None:
    """Case and composed accents are no way round where a file system takes both names for one."""
    found = await findings({path: (None, "b\n")}, under(protected=("src/keys.txt", "src/\u00e9t\u00e9.txt")))
    assert "protected_path" in {one.rule for one in found}


async def test_a_move_is_judged_at_both_ends() -> None:
    """A protected file does not leave its place unseen."""
    report = await Trees().add("b.txt", "x\n", "x\n", old_path="kept/a.txt").inspect(under(protected=("kept/",)))
    assert [one.path for one in report.findings if one.rule == "protected_path"] == ["kept/a.txt"]


async def test_the_rules_themselves_go_to_a_person() -> None:
    """A change of the policy file is never made by itself."""
    found = await findings({".tamma/policy.yaml": ("costUsd: 1\n", "costUsd: 9\n")})
    assert {one.verdict for one in found} == {Verdict.HUMAN}
    assert "policy" in {one.rule for one in found}


@pytest.mark.parametrize("pattern", ["", "  ", "# a comment", "a\nb", "x" * 501, "!", "a\\", "[z-a]", "[0--]", "[a-*]"])
def test_a_pattern_that_matches_nothing_is_an_error(pattern: str) -> None:
    """Whoever writes it believes that something is protected."""
    with pytest.raises(ValueError, match="pattern"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("*", "a a/b .a", ""),
        ("a", "a a/b b/a b/a/c", "aa b/c"),
        ("/a", "a a/b", "b/a"),
        ("a/", "a/b c/a/b", "a c/a"),
        ("a/b", "a/b a/b/c", "c/a/b a"),
        ("a/*", "a/b a/.c", "a a/b/c"),
        ("a/**", "a/b a/b/c", "a c/a/b"),
        ("**/", "a/b a/b/c", "a"),
        ("*/", "a/b a/b/c", "a"),
        ("**/a/**/b", "a/b c/a/b a/c/d/b a/b/b/c", "a b a/c"),
        ("*.py", "a.py .py a/b.py a.py/c", "a.pyc py"),
        ("a*b*c", "abc axbxc abcbc", "acb abcd"),
        ("a**b", "ab axxb", "a/b"),
        ("?[b-d][!e]", "abf xd-", "abe aef ab ab/f"),
        ("[]-][^]]", "]a -- x/]b", "a] ]]"),
        ("[a", "[a", "a"),
        (r"\*\[[*\]", "*[* *[\\", "aa*"),
        ("\\!a ", "!a", "a"),
        ("a\\ ", "a\N{SPACE}", "a"),
    ],
)
def test_patterns_mean_what_they_mean_to_git(pattern: str, fitting: str, other: str) -> None:
    """Stars, questions, sets, signs with a backslash, folders and roots are read as in `.gitignore`."""
    paths = [fitting] if fitting.endswith(" ") else fitting.split()
    assert check_pattern(pattern) == pattern
    assert [path for path in paths if not _matches((pattern,), path)] == []
    assert [path for path in other.split() if _matches((pattern,), path)] == []
    assert not any(_matches((pattern, f"!{pattern}"), path) for path in paths)


def open_ends(glob: str) -> int:
    """Count what a pattern of one name may try again at another place."""
    atomic, repeats = re._constants.ATOMIC_GROUP, {re._constants.MAX_REPEAT, re._constants.MIN_REPEAT}  # type: ignore[attr-defined]  # as above
    parsed: list[tuple[Any, Any]] = list(parser.parse(_name(glob).pattern))
    assert all(len([kind for kind, _ in what if kind in repeats]) == 1 for kind, what in parsed if kind is atomic)
    return len([kind for kind, _ in parsed if kind in repeats])


def test_stars_do_not_multiply() -> None:
    """Whoever names files cannot make a pattern with many stars take for ever, with no other thread running."""
    assert open_ends("*a*a*a*a*a*a*a*a*b") == 1
    assert not _matches(("*a*a*a*a*a*a*a*a*a*a*a*a*b",), "a" * 250)


def test_folders_do_not_multiply() -> None:
    """Four times as many folders take four times the work, however many `**` there are."""
    few, many = (calls(lambda n=n: _matches(("**/a" * 8 + "/b",), "a/" * n + "c")) for n in (100, 400))  # type: ignore[misc]  # n is bound
    assert many < 5 * few
