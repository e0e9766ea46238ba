import pytest
from tamma_core.domain.verification import FailureKind, TestOutcome
from tamma_core.verification.compare import classify, missing, new_tests, reproduces, unsteady
from tamma_core.verification.suite import Case, Suite

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


def test_made_up_names_are_not_missed() -> None:
    """A name that the base itself does not repeat cannot be missing."""
    assert missing([{"t[0x1]": P, "u": P}, {"t[0x2]": P, "u": P}], {"t[0x3]": P}) == ("u",)


def test_reproduction() -> None:
    """A new test that fails or cannot be loaded on the old source reproduces; one that passes there does not."""
    new = new_tests({"old": P}, {"old": P, "new": P, "later": S})
    assert new == ("new",)
    assert reproduces(new, Suite({"new": F}))
    assert reproduces(new, Suite({"module": Case(TestOutcome.ERROR)}))
    assert reproduces(new, Suite(problem="it does not compile"))
    assert not reproduces(new, Suite({"new": P, "other": F}))


def test_a_new_test_passes_each_time() -> None:
    """A new test that fails in any repetition is the change's fault; one that was not run again says nothing."""
    found = unsteady(["a", "b", "c"], [{"a": P, "b": P}, {"a": F, "b": P}])
    assert [(failure.name, failure.kind) for failure in found] == [("a", FailureKind.NEW)]
