import pytest
from tamma_core.domain.verification import FailureKind, TestOutcome
from tamma_core.verification.compare import (
    against,
    agreed,
    changed,
    classify,
    contradicted,
    doubtful,
    holding,
    missing,
    new_tests,
    reproduces,
    unsteady,
)
from tamma_core.verification.suite import Case, Suite
from unit.core.guards.counting import calls

P, F, S = (Case(outcome) for outcome in (TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.SKIPPED))


@pytest.mark.parametrize(
    ("base", "kind"),
    [
        ((F, F, F), FailureKind.OLD),
        ((F, P, F), FailureKind.FLAKY),
        ((P, P, F), FailureKind.FLAKY),
        ((P, P, P), FailureKind.NEW),
        ((), FailureKind.NEW),
    ],
)
def test_whose_fault_a_failure_is(base: tuple[Case, ...], kind: FailureKind) -> None:
    """Always red on the base is old, mixed there flaky, never red there new, also when it does not exist there."""
    runs = [{"t": case} for case in base] or [{}]
    (failure,) = classify(["t"], [{"t": Case(TestOutcome.FAILED, "why")}, {"t": P}], runs)
    assert (failure.kind, failure.message) == (kind, "why")


@pytest.mark.parametrize(
    ("base", "kind"),
    [((F, F), FailureKind.OLD), ((F, P), FailureKind.NEW), ((P, F, F), FailureKind.NEW), ((P, P), FailureKind.NEW)],
)
def test_what_never_passes_is_not_excused_by_a_base_that_sometimes_fails(
    base: tuple[Case, ...], kind: FailureKind
) -> None:
    """Only a test that passes here at times is flaky; until it did, it is worth another run."""
    heads, bases = [{"t": F}, {"t": F}], [{"t": case} for case in base]
    (failure,) = classify(["t"], heads, bases)
    assert failure.kind is kind
    assert doubtful(["t"], heads, bases) == (("t",) if len(set(base)) > 1 else ())
    assert doubtful(["t"], [*heads, {"t": P}], bases) == ()


@pytest.mark.parametrize(
    ("base", "head", "lost"),
    [
        ({"a::t": P}, {"a::t": F}, ()),
        ({"a::t": P, "a::u": P}, {"a::t": P}, ("a::u",)),
        ({"a::t": P}, {"b::t": P}, ()),
        ({"a::t": P}, {"b::t": S}, ("a::t",)),
        ({"a::t": P}, {"a::u": P}, ("a::t (perhaps now a::u)",)),
        ({"a::t": P}, {"a::t": S}, ("a::t (skipped now)",)),
        ({"a::t": S}, {"a::t": S}, ()),
        ({"pkg.TestA": P}, {"pkg.TestB": P}, ("pkg.TestA",)),
        ({"a.js > adds": P}, {"b.js > adds": P}, ()),
    ],
)
def test_fewer_tests(base: dict[str, Case], head: dict[str, Case], lost: tuple[str, ...]) -> None:
    """A test that is gone or skipped is named, one that moved to another file is not, a likely new name is shown."""
    assert missing([base], head) == lost


def test_many_other_names_are_compared_once() -> None:
    """A change whose tests all have other names takes the work of its tests, not the square of it."""

    def renamed(count: int) -> int:
        base = {f"tests/a.py::t[{number}x]": P for number in range(count)}
        head = {f"tests/b.py::t[{number}y]": P for number in range(count)}
        return calls(lambda: missing([base], head))

    assert renamed(800) < 20 * renamed(50)


def test_the_successor_is_one_of_the_same_place() -> None:
    """The first of those that arrived there is named, and none of a place whose name begins alike."""
    arrived = {"a::z": P, "a::y": P, "a": P, "ab::x": P}
    assert missing([{"a::t": P, "b::u": P}], arrived) == ("a::t (perhaps now a::y)", "b::u")


def test_made_up_names_are_not_missed() -> None:
    """A name that the base itself does not repeat cannot be missing."""
    assert missing([{"t[0x1]": P, "u": P}, {"t[0x2]": P, "u": P}], {"t[0x3]": P}) == ("u",)


def test_reproduction() -> None:
    """A new test that fails or cannot be loaded on the old source reproduces; one that passes there does not."""
    new = new_tests({"old": P}, {"old": P, "new": P, "later": S})
    assert new == ("new",)
    base, written = {"old": P, "sick": F}, ("tests/test_new.py",)
    elsewhere = Case(TestOutcome.FAILED, file="tests/test_old.py")
    assert reproduces(new, base, Suite({"new": F}), written)
    assert reproduces(new, base, Suite({"module": Case(TestOutcome.ERROR)}), written)
    assert reproduces(new, base, Suite({"m": Case(TestOutcome.ERROR, file="./tests/test_new.py")}), written)
    assert reproduces(new, base, Suite(problem="it does not compile"), written)
    assert not reproduces(new, base, Suite({"new": P, "other": F}), written)
    assert not reproduces(new, base, Suite({"sick": F}), written)
    assert not reproduces(new, base, Suite({"old": elsewhere}), written)


def test_changed_tests_are_those_of_the_changed_files() -> None:
    """Only what passed on both counts, in files that were written over the old ones, or where no file is told."""

    def cases(outcome: TestOutcome) -> dict[str, Case]:
        files = {
            "in": "a/test_a.py",
            "at the host's place": "/tmp/x/a/test_a.py",
            "elsewhere": "b/a/test_b.py",
            "untold": "",
        }
        return {name: Case(outcome, file=file) for name, file in files.items()}

    passing = cases(TestOutcome.PASSED)
    assert changed(passing, passing, ("a/test_a.py",)) == ("in", "at the host's place", "untold")
    assert changed(passing, passing, ("test_b.py",)) == ("elsewhere", "untold")
    assert changed(cases(TestOutcome.FAILED), passing, ("a/test_a.py",)) == ()
    assert changed(passing, cases(TestOutcome.FAILED), ("a/test_a.py",)) == ()
    assert changed({}, passing, ("a/test_a.py",)) == ()


def test_a_new_test_passes_each_time() -> None:
    """A new test that fails in any repetition is the change's fault; one that was not run again says nothing."""
    found = unsteady(["a", "b", "c"], [{"a": P, "b": P}, {"a": F, "b": P}])
    assert [(failure.name, failure.kind) for failure in found] == [("a", FailureKind.NEW)]


@pytest.mark.parametrize(
    ("base", "head", "restored", "named"),
    [
        (P, P, F, ("t",)),
        (P, P, S, ("t",)),
        (P, None, F, ("t",)),
        (P, P, None, ("t",)),
        (P, None, None, ()),
        (P, F, F, ()),
        (F, P, F, ()),
        (S, P, F, ()),
        (P, P, P, ()),
    ],
)
def test_what_the_bases_own_tests_find(
    base: Case, head: Case | None, restored: Case | None, named: tuple[str, ...]
) -> None:
    """What passed on the base fails in the base's files, and the change's files do not say so themselves."""
    head_cases, restored_cases = ({"t": case} if case else {} for case in (head, restored))
    assert contradicted({"t": base}, head_cases, restored_cases) == named


BROKEN_OFF = "`pytest` did not end within 600 s"


@pytest.mark.parametrize(
    ("base", "restored", "named"),
    [
        ("", Suite({"t": P}), ()),
        ("", Suite({"t": F}), ("t",)),
        ("", Suite({"t": P}, problem=BROKEN_OFF), (f"all: {BROKEN_OFF}",)),
        ("", Suite({"t": P}, must_fail=3, passed=3), ("all: of 3 tests that must fail, 3 passed",)),
        (BROKEN_OFF, Suite({"t": P}, must_fail=3, passed=3), ("all: of 3 tests that must fail, 3 passed",)),
        (BROKEN_OFF, Suite({"t": P}, problem="it was not built: x"), ("all: it was not built: x",)),
        ("it was not built: at 12:01 /tmp/a1", Suite({"t": P}, problem="it was not built: at 12:02 /tmp/b2"), ()),
        ("it was not built: x", Suite({"t": F}, problem="it was not built: y"), ("t",)),
        (BROKEN_OFF.replace("6", "9"), Suite({"t": P}, problem=BROKEN_OFF), ()),
    ],
)
def test_a_run_that_tells_nothing_speaks_for_all(base: str, restored: Suite, named: tuple[str, ...]) -> None:
    """What the base suffers from in kind is not held against the change; tests that must fail are looked at all the same."""
    passing = Suite({"t": P}, problem=base, must_fail=3)
    assert against(passing, passing, restored) == named


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (("a", "b"), ("b", "c"), ("b",)),
        (("a",), (), ()),
        (("a",), ("all: it broke",), ("a",)),
        (("all: it broke",), (), ()),
        (("all: it broke",), ("a",), ("a",)),
        (("all: it broke",), ("all: it broke later",), ("all: it broke",)),
    ],
)
def test_what_comes_and_goes_speaks_against_nobody(
    first: tuple[str, ...], second: tuple[str, ...], counts: tuple[str, ...]
) -> None:
    """A test or a problem of the run counts where it is there again; what broke off repeats no test."""
    assert agreed(first, second) == counts


def test_files_that_hold_tests_are_those_that_the_run_told() -> None:
    """By their path, also at the host's place; an example in a program is no test of its own."""
    cases = {
        "checks.a::test_one[1.5]": Case(TestOutcome.PASSED, file="./checks/a.py"),
        "b.js > adds": Case(TestOutcome.PASSED, file="/tmp/x/b.js"),
        "calc::calc.add": Case(TestOutcome.PASSED, file="calc.py"),
        "guide.rst": Case(TestOutcome.PASSED, file="guide.rst"),
        "untold": Case(TestOutcome.PASSED),
    }
    paths = ("checks/a.py", "a.py", "b.js", "calc.py", "guide.rst")
    assert holding(paths, cases) == ("checks/a.py", "b.js")
