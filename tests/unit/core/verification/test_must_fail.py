import ast
import re

import pytest
from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.commands import suite_command
from tamma_core.verification.must_fail import MustFail, taken_out
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.suite import Case, Suite

RED, GREEN = Case(TestOutcome.FAILED), Case(TestOutcome.PASSED)
A, B = "x" + "a" * 16, "x" + "b" * 16
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
EACH = MustFail(names=F | L, files={}, place="/tamma/x", first=F, todo=True)
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
