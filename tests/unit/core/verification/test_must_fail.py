import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.commands import suite_command
from tamma_core.verification.must_fail import MustFail, taken_out
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.suite import Case, Suite

RED, GREEN = Case(TestOutcome.FAILED), Case(TestOutcome.PASSED)
A, B, C = "x" + "a" * 16, "x" + "b" * 16, "x" + "d" * 16
BOTH = MustFail(names=frozenset({A, B}), files={}, place="/tamma/x")


def lent(runner: Runner, token: str, *command: str) -> MustFail | None:
    return suite_command(SuitePlan(runner=runner, command=command, source=""), (), token).must_fail


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ({f"m::test_{A}": RED, f"m.C.test_{B}": Case(TestOutcome.ERROR)}, ""),
        ({f"m::test_{A}": RED, f"m::test_{B}": GREEN}, "of 2 tests that must fail, 1 passed"),
        ({f"m::test_{A}": RED, f"m::test_{B}": Case(TestOutcome.SKIPPED)}, "of 2 tests that must fail, 1 passed"),
        ({f"m::test_{A}": RED, f"m::test_{A} #2": GREEN, f"m::test_{B}": RED}, "of 2 tests that must fail, 1 passed"),
        ({f"m::test_{A}": RED}, "of 2 tests that must fail, 1 were not reported"),
        ({f"m::test_{A}": GREEN}, "of 2 tests that must fail, 1 passed and 1 were not reported"),
        ({}, "of 2 tests that must fail, 2 were not reported"),
    ],
)
def test_only_what_is_reported_as_failed_failed(cases: dict[str, Case], said: str) -> None:
    """Tests that must fail are taken out of a run, and each has to be red each time."""
    own = {"m::test_own": GREEN, "m::test_red": RED, f"m::test_x{'c' * 16}": GREEN}
    suite = taken_out(Suite({**own, **cases}), BOTH)
    assert (suite.cases, suite.cannot_fail, suite.must_fail) == (own, said, 2)


@pytest.mark.parametrize(
    ("runner", "command", "count"),
    [
        (Runner.PYTEST, "python -m pytest", 24),
        (Runner.UNITTEST, "python -m unittest", 12),
        (Runner.NODE, "node --test", 14),
    ],
)
def test_nobody_knows_their_names_beforehand(runner: Runner, command: str, count: int) -> None:
    """Tests, classes, files and their place are called otherwise in each run, and our word for them stands nowhere."""
    one, two = lent(runner, "one", *command.split()), lent(runner, "two", *command.split())
    assert one is not None
    assert two is not None
    assert len(one.names) == len(two.names) == count
    assert not one.names & two.names
    assert not one.files.keys() & two.files.keys()
    assert one.place != two.place
    for name, text in one.files.items():
        assert not [word for word in words(name, text) if "must" in word.casefold()]


def words(name: str, text: str) -> list[str]:
    if name.endswith(".py"):
        named = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef))
        return [node.name for node in named]
    return re.findall(r"'(.*?)'", re.sub(r"as it must|//.*", "", text))


F, L = frozenset({A}), frozenset({B})
FILE = re.compile(r"\S+\.m?js|\S+\.ts")
EACH = MustFail(names=F | L, files={}, place="/tamma/x", first=F, alone=FILE, todo=True)
DONE = Case(TestOutcome.SKIPPED, "as it must")


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("A one B A #2 two B #2", ""),
        ("a.js A one two B A #2 three B #2 b.mjs", ""),
        ("A one B two", "2 were not reported"),
        ("one A two B", "2 were not reported"),
        ("A one B two A #2 three B #2", "2 were not reported"),
        ("A one A #2 two B", "1 were not reported"),
        ("A one B two B #2", "1 were not reported"),
        ("one two", "2 were not reported"),
    ],
)
def test_each_process_has_to_report_its_own(order: str, said: str) -> None:
    """What one process reports shows nothing of another, whose tests stand before, behind or between."""
    named = re.findall(r"(\S+(?: #\d)?)", order)
    ours = {name: name.replace("A", f"m > {A}").replace("B", f"m > {B}") for name in named}
    suite = taken_out(Suite({ours[name]: DONE if ours[name] != name else GREEN for name in named}), EACH)
    assert list(suite.cases) == [name for name in named if ours[name] == name]
    assert suite.cannot_fail == (f"of 2 tests that must fail, {said}" if said else "")
    assert suite.whole == len(re.findall(r"\w\.m?js", order))


PACKAGES = MustFail(
    names=F | L, files={}, place="/tamma/x", around=frozenset({C}), by_package=True, alone=re.compile(r".* \[package\]")
)


@pytest.mark.parametrize(
    ("reported", "said"),
    [
        (f"p.{C} p.{C}/{A}! p.One p.{C}/{B}! q.{C} q.{C}/{A}! q.{C}/{B}! q.Two", ""),
        (f"p.{C} p.{C}/{A}! p.One p.{C}/{B}! q.Two", "2 were not reported"),
        (f"p.{C}/{A}! q.Two p.{C}/{B}! q.{C}/{A}! p.One", "1 were not reported"),
        (f"p.{C}/{A}! p.One p.{C}/{B} q.{C}/{A}! q.{C}/{B}!", "1 passed"),
        (f"p.{C}/{A}! p.One p.{C}/{B}!", ""),
        (f"p.{C}/{A}! p.One p.{C}/{B}! q.[package]!", ""),
    ],
)
def test_each_package_has_to_report_its_own(reported: str, said: str) -> None:
    """What the tests of one package show, they do not show of another; one that did not come to its tests has none."""
    cases = {
        name.strip("!").replace(".[", " ["): Case(
            RED.outcome if name[-1] == "!" else GREEN.outcome, selector=f"{name[0]} Test"
        )
        for name in reported.split()
    }
    suite = taken_out(Suite(cases), PACKAGES)
    assert suite.cannot_fail == (f"of 2 tests that must fail, {said}" if said else "")
    assert list(suite.cases) == [name for name in cases if C not in name]


def written(tree: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree


def test_go_is_shown_two_files_in_each_package_with_tests(tmp_path: Path) -> None:
    """They are of the package that sees another from outside, and lie in the tree by name only; what Go does not build gets none."""
    tree = written(
        tmp_path,
        {
            "a_test.go": "// +build linux\n\n/* package no */ package calc // the package\n",
            "b/_a_test.go": "package no\n",
            "b/b_test.go": "//go:build ignore\n\npackage main\n",
            "b/c_test.go": "package b_test\n",
            "build/x_test.go": "package build\n",
            "testdata/a_test.go": "package no\n",
            ".tools/a_test.go": "package no\n",
            "other/go.mod": "module other\n",
            "other/a_test.go": "package no\n",
            "none/none.go": "package none\n",
            "bad/a_test.go": "/* package no",
        },
    )
    plan = SuitePlan(runner=Runner.GO, command=("go", "test", "./..."), source="")
    command = suite_command(plan, ("calc TestA", "calc TestB"), "token", tree)
    assert command.must_fail is not None
    shown = json.loads(next(text for name, text in command.must_fail.files.items() if name.endswith(".json")))[
        "Replace"
    ]
    packages = {Path(name).parent.as_posix(): Path(text).name for name, text in shown.items()}
    clauses = {folder: command.must_fail.files[name].splitlines()[0] for folder, name in packages.items()}
    assert clauses == {".": "package calc_test", "b": "package b_test", "build": "package build_test"}
    assert len(shown) == 6
    assert not [name for name in tree.rglob("*x*") if name.name != "x_test.go"]
    run = re.fullmatch(r"\^\((Test_\w+)\|(Test_\w+)\|TestA\|TestB\)\$", command.argv[command.argv.index("-run") + 1])
    assert run is not None
    assert all(sum(name in text for text in command.must_fail.files.values()) == 3 for name in run.groups())


def test_a_file_made_to_be_slow_tells_no_package(tmp_path: Path) -> None:
    """However many remarks it begins and never ends, each is looked at once."""
    tree = written(tmp_path, {"a_test.go": "/*" * 30_000, "b/a_test.go": "//  \n " * 10_000})
    plan = SuitePlan(runner=Runner.GO, command=("go", "test", "./..."), source="")
    assert suite_command(plan, (), "token", tree).must_fail is None


def test_where_all_tests_are_files_none_of_ours_ran() -> None:
    """A file that makes no test gives none of ours a place, and that is said."""
    suite = taken_out(Suite({"/workspace/a.js": GREEN, "b.test.ts": RED}), EACH)
    assert (suite.must_fail, suite.cannot_fail) == (0, "")


@pytest.mark.parametrize(
    ("case", "failed"), [(DONE, True), (Case(TestOutcome.SKIPPED), False), (RED, True), (GREEN, False)]
)
def test_what_is_marked_as_to_be_done_failed_where_its_report_says_so(case: Case, failed: bool) -> None:
    """A test that is to be done yet is reported as skipped, and what went wrong in it beside that."""
    suite = taken_out(Suite({f"m > {A}": case, "one": GREEN, f"m > {B}": DONE}), EACH)
    assert bool(suite.cannot_fail) is not failed


@pytest.mark.parametrize(
    ("runner", "command"),
    [
        (Runner.PYTEST, ("python", "-I", "-m", "pytest")),
        (Runner.PYTEST, ("python", "-BE", "-m", "pytest")),
        (Runner.NODE, ("node", "--test", "--test-name-pattern=zero")),
        (Runner.NODE, ("node", "--test-skip-pattern", "zero", "--test")),
        (Runner.NODE, ("node", "--experimental-test-isolation=none", "--test")),
        (Runner.NODE, ("node", "--test-force-exit", "--test")),
        (Runner.NODE, ("node", "--permission", "--test")),
        (Runner.GO, ("go", "test", "./...")),
        (Runner.MOCHA, ("node_modules/.bin/mocha",)),
        (Runner.MAKE, ("make", "test")),
        (Runner.OTHER, ("sh", "run")),
    ],
)
def test_where_they_would_not_be_found_the_command_stays_as_it_is(runner: Runner, command: tuple[str, ...]) -> None:
    """An interpreter that looks nowhere else would end with an error in place of the project's tests."""
    plan = SuitePlan(runner=runner, command=command, source="")
    assert suite_command(plan, (), "token") == suite_command(plan)
    assert taken_out(Suite({"a": GREEN}), None) == Suite({"a": GREEN})
