import ast

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


@pytest.mark.parametrize(("runner", "count"), [(Runner.PYTEST, 24), (Runner.UNITTEST, 12)])
def test_nobody_knows_their_names_beforehand(runner: Runner, count: int) -> None:
    """Tests, classes, files and their place are called otherwise in each run, and our word for them stands nowhere."""
    one, two = lent(runner, "one", "python", "-m", runner), lent(runner, "two", "python", "-m", runner)
    assert one is not None
    assert two is not None
    assert len(one.names) == len(two.names) == count
    assert not one.names & two.names
    assert not one.files.keys() & two.files.keys()
    assert one.place != two.place
    for text in one.files.values():
        words = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert not {word for word in words if "must" in word.casefold()}


@pytest.mark.parametrize(
    ("runner", "command"),
    [
        (Runner.PYTEST, ("python", "-I", "-m", "pytest")),
        (Runner.PYTEST, ("python", "-BE", "-m", "pytest")),
        (Runner.NODE, ("node", "--test")),
        (Runner.MAKE, ("make", "test")),
        (Runner.OTHER, ("sh", "run")),
    ],
)
def test_where_they_would_not_be_found_the_command_stays_as_it_is(runner: Runner, command: tuple[str, ...]) -> None:
    """An interpreter that looks nowhere else would end with an error in place of the project's tests."""
    plan = SuitePlan(runner=runner, command=command, source="")
    assert suite_command(plan, (), "token") == suite_command(plan)
    assert taken_out(Suite({"a": GREEN}), None) == Suite({"a": GREEN})
