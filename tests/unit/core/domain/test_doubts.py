"""The reasons for which a person has to look at a difference."""

import pytest
from msgspec.structs import replace
from tamma_core.domain.doubts import doubts
from tamma_core.domain.guard import Finding, GuardReport, Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.verification import FailureKind, TestFailure, VerificationReport

REPORT = VerificationReport(sha=Sha("a" * 40), base=Sha("b" * 40), command="pytest", tests_run=2, tests_run_on_base=1)
FINDING = Finding("protected_path", "ci.yml", "it decides what runs", Verdict.HUMAN)
GUARD = GuardReport("0123", (FINDING,))


def names(guard: GuardReport | None, report: VerificationReport | None) -> set[str]:
    return {doubt.name for doubt in doubts(guard, report)}


def test_all_reasons_are_listed() -> None:
    """What the guard found comes first, then what verification leaves to a person, a line each."""
    report = replace(REPORT, problem="set-up failed", not_judged=("t.io",), contradicted_by=("t.a", "t.b"))
    assert [doubt.text for doubt in doubts(GUARD, report)] == [
        "protected_path: ci.yml: it decides what runs",
        "our own verification gave no verdict: set-up failed",
        "broken on the base, these tests judged nothing: t.io",
        "the base's own tests fail on this change: t.a, t.b",
    ]


@pytest.mark.parametrize("report", [None, REPORT, replace(REPORT, failures=(TestFailure("t", FailureKind.NEW),))])
def test_what_no_person_decides_is_no_doubt(report: VerificationReport | None) -> None:
    """A green report asks nobody, and a red one is sent back."""
    assert doubts(GuardReport("0123"), report) == ()
    assert doubts(None, report) == ()


def test_another_reason_has_another_name() -> None:
    """So a word on one is none on the other; what is not shown for want of room counts too."""
    many = tuple(f"t{number}" for number in range(500))
    variants = [
        (GUARD, None),
        *((replace(GUARD, findings=(replace(FINDING, **{field: "x" * 400}),)), None) for field in ("rule", "path")),
        (replace(GUARD, findings=(replace(FINDING, reason="x" * 400),)), None),
        (replace(GUARD, findings=(replace(FINDING, reason="x" * 401),)), None),
        (None, replace(REPORT, problem="set-up failed")),
        (None, replace(REPORT, not_judged=("t",))),
        (None, replace(REPORT, contradicted_by=("t",))),
        (None, replace(REPORT, contradicted_by=many)),
        (None, replace(REPORT, contradicted_by=(*many, "t"))),
    ]
    assert len({name for variant in variants for name in names(*variant)}) == len(variants)


def test_the_same_reason_keeps_its_name() -> None:
    """The order of tests is none, and a problem is the same however long it took to see it."""
    assert names(None, replace(REPORT, contradicted_by=("t.a", "t.b"))) == names(
        None, replace(REPORT, contradicted_by=("t.b", "t.a"))
    )
    assert names(None, replace(REPORT, problem="ended after 61 s")) == names(
        None, replace(REPORT, problem="ended after 62 s")
    )
