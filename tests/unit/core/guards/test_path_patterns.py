"""Which files the rules of a repository let a change touch."""

import pytest
from tamma_core.domain.guard import Verdict
from tamma_core.domain.rules import Rules
from tamma_core.guards.path_patterns import check_pattern
from tamma_core.guards.policy import GuardPolicy
from unit.core.guards.changes import Trees, findings


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


@pytest.mark.parametrize("pattern", ["", "  ", "# a comment", "a\nb", "x" * 501, "[0--]", "[[a]", "[a-*]"])
def test_a_pattern_that_matches_nothing_is_an_error(pattern: str) -> None:
    """Whoever writes it believes that something is protected."""
    with pytest.raises(ValueError, match="pattern"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["*a*a*a*a", "src/*-*-*-*.py", "**/a/**/b/**/c", "!*.*.*.*.key"])
def test_a_pattern_that_takes_an_age_is_an_error(pattern: str) -> None:
    """The time to match grows with each star as the name's length does: a long name holds a worker up for hours."""
    with pytest.raises(ValueError, match="at most 3"):
        check_pattern(pattern)
    assert check_pattern("/docs/**/*-*.*/**") == "/docs/**/*-*.*/**"
