"""The reasons for which a person has to look at a difference."""

import pytest
from msgspec.structs import replace
from tamma_core.domain.doubts import MOST_DOUBTS, doubts, question_name, tell
from tamma_core.domain.guard import Finding, GuardReport, Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.verification import FailureKind, TestFailure, VerificationReport

REPORT = VerificationReport(sha=Sha("a" * 40), base=Sha("b" * 40), command="pytest", tests_run=2, tests_run_on_base=1)
FINDING = Finding("protected_path", "ci.yml", "it decides what runs", Verdict.HUMAN)
GUARD = GuardReport("0123", (FINDING,))
PROBLEMS = (
    "`pytest` did not end within 61 s",
    "`pytest` wanted more than 61 MB of memory",
    "`pytest -k a:b: c` ran no tests (exit code 1): it reported none",
    "`pytest -k a:b: c` failed (exit code 1) though no test did",
    "the set-up step `pip install` failed (exit code 1): it is gone",
    "the test run cannot fail: of 3 tests that must fail, 2 passed",
)


def names(guard: GuardReport | None, report: VerificationReport | None) -> set[str]:
    return {doubt.name for doubt in doubts(guard, report)}


def test_all_reasons_are_listed() -> None:
    """What the guard found comes first, then what verification leaves to a person, a line each."""
    report = replace(REPORT, problem="set-up failed", not_judged=("t.io",), contradicted_by=("t.a", "t.b"))
    assert tell(doubts(GUARD, report)) == [
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


def told_of(*tests: str, before: tuple[str, ...] = ()) -> str:
    """Say what is told of contradictions, some of which were told before."""
    known = names(None, replace(REPORT, contradicted_by=before))
    return tell(doubts(None, replace(REPORT, contradicted_by=tests)), known)[0].partition(": ")[2]


def test_another_reason_has_another_name() -> None:
    """So a word on one is none on the other; what is not shown for want of room counts too."""
    many = tuple(f"t{number}" for number in range(500))
    variants = [
        (GUARD, None),
        *((replace(GUARD, findings=(replace(FINDING, **{field: "x" * 400}),)), None) for field in ("rule", "path")),
        (replace(GUARD, findings=(replace(FINDING, reason="x" * 400),)), None),
        (replace(GUARD, findings=(replace(FINDING, reason="x" * 401),)), None),
        *((None, replace(REPORT, problem=problem)) for problem in PROBLEMS),
        *((None, replace(REPORT, not_judged=(test,))) for test in ("t", "u", "all, since it cannot fail: 3 passed")),
        *(
            (None, replace(REPORT, contradicted_by=(test,)))
            for test in ("t", "u", "x" * 400, "x" * 401, "all: it broke")
        ),
        (None, replace(REPORT, contradicted_by=many)),
        (None, replace(REPORT, contradicted_by=(*many, "t"))),
    ]
    assert len({frozenset(names(*variant)) for variant in variants}) == len(variants)
    assert len({tuple(tell(doubts(*variant))) for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("problem", "`pytest` did not end within 61 s", "`pytest` did not end within 62 s"),
        ("problem", "no test was run: made a.o in 0.3 s", "no test was run: made b.o in 0.4 s"),
        ("contradicted_by", ("t.a", "t.b"), ("t.b", "t.a")),
        ("contradicted_by", ("all: it was not built: 0.3 s",), ("all: it was not built: 0.4 s",)),
        (
            "not_judged",
            ("all, since on the base, of 3 tests, 2 passed",),
            ("all, since on the base, of 3 tests, 3 passed",),
        ),
    ],
)
def test_the_same_reason_keeps_its_name(field: str, one: object, other: object) -> None:
    """The order of tests is none, and what broke a whole run is the same however long it took and whatever it printed."""
    assert names(None, replace(REPORT, **{field: one})) == names(None, replace(REPORT, **{field: other}))


def test_each_test_is_a_reason_of_its_own() -> None:
    """Whoever approved for two of them has approved for one; a third one is another reason."""
    both = names(None, replace(REPORT, contradicted_by=("t.a", "t.b"), not_judged=("t.c",)))
    assert names(None, replace(REPORT, contradicted_by=("t.b",))) < both
    assert not names(None, replace(REPORT, contradicted_by=("t.b", "t.c"))) <= both


def test_new_reasons_are_told_first() -> None:
    """What somebody reads again does not hide what came up since, and what is not shown is counted."""
    known = tuple(f"t.{number:03}" for number in range(60))
    assert told_of("t.b", "t.a") == "t.a, t.b"
    assert told_of("t.b", "t.a", before=("t.a",)) == "t.b, t.a"
    assert told_of(*known) == f"{', '.join(known[:40])} and 20 more"
    assert told_of(*known, "t.zz", before=known) == f"t.zz, {', '.join(known[:39])} and 21 more"
    assert told_of(*known[:-1], "t.zz", before=known) != told_of(*known)


def test_what_is_journaled_is_bounded() -> None:
    """Beyond that, all others have one name together, and it is another one for others; what they are is told."""
    many = tuple(Finding(f"rule{number % 3}", f"f{number}", "large", Verdict.HUMAN) for number in range(5000))
    tests = tuple(f"t.{number:05}" for number in range(5000))
    report = replace(REPORT, contradicted_by=tests, not_judged=tests)
    found = doubts(replace(GUARD, findings=many), report)
    assert len(found) == 3 * (MOST_DOUBTS + 1)
    told = tell(found)
    assert told[MOST_DOUBTS].startswith("4800 more findings (")
    assert told[MOST_DOUBTS].endswith("): rule0, rule1, rule2")
    assert " and 4960 more (" in told[-1]
    last = replace(report, contradicted_by=(*tests[:-1], "t.zz"))
    assert not names(None, last) <= names(None, report)
    assert tell(doubts(None, last)) != tell(doubts(None, report))


def test_a_question_has_the_name_of_the_difference_where_nothing_is_doubtful() -> None:
    """Otherwise no word on the difference alone answers it, nor one on other reasons; their order is none."""
    assert question_name("d", ()) == "d"
    assert question_name("d", ("a", "b")) == question_name("d", ("b", "a"))
    asked = {question_name(*one) for one in (("d", ("a",)), ("d", ("a", "b")), ("e", ("a",)), ("d", ()))}
    assert len(asked) == 4
