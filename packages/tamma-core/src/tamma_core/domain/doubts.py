"""The one list of reasons for which a person has to look at a difference: who asks and who lets pass go by it."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from tamma_core.domain.guard import Finding, GuardReport, Verdict
from tamma_core.domain.record import Record
from tamma_core.domain.verification import VerificationReport, problem_kind

MOST_DOUBTS = 200
"""How many of one kind have names of their own; all others have one together, so that what is journaled is bounded."""
_SHOWN = 40
"""How many tests are told by name; the others are counted."""
_LIMIT = 300
_TEST_LIMIT = 160
_MARK_DIGITS = 8
_ALL = re.compile(r"all[:,] ")


class DoubtKind(StrEnum):
    """Tell what a person has to judge."""

    FOUND = "guard"
    PROBLEM = "problem"
    NOT_JUDGED = "not judged"
    CONTRADICTED = "contradicted"


_TESTS = {
    DoubtKind.NOT_JUDGED: "broken on the base, these tests judged nothing",
    DoubtKind.CONTRADICTED: "the base's own tests fail on this change",
}
"""What is told of many tests in one line."""


class Doubt(Record, frozen=True, kw_only=True):
    """Hold one reason: its text for people, and a name that is another one for each other reason."""

    kind: DoubtKind
    name: str
    text: str
    stands_for: int = 0
    """How many doubts without a name of their own this one stands for, if it is not one itself."""


def doubts(guard: GuardReport | None, report: VerificationReport | None) -> tuple[Doubt, ...]:
    """List all that the guard found and all that verification leaves to a person, each for itself."""
    found = [] if guard is None else [_of_finding(one) for one in guard.findings if one.verdict is not Verdict.PASS]
    listed = _bounded(found)
    if report is None:
        return listed
    contradicted, not_judged = report.contradicted_by, report.not_judged
    tests = (_of_tests(DoubtKind.NOT_JUDGED, not_judged), _of_tests(DoubtKind.CONTRADICTED, contradicted))
    return (*listed, *_of_problem(report.problem), *(doubt for some in tests for doubt in _bounded(some)))


def question_name(difference: str, names: Collection[str]) -> str:
    """Name what is asked about a difference: by its own name where nothing is doubtful, otherwise by all that is told with it."""
    return _digest(difference, *sorted(names)) if names else difference


def tell(found: Sequence[Doubt], before: Collection[str] = ()) -> list[str]:
    """Say in lines what is doubtful, first what was not told `before`."""
    ordered = sorted(found, key=lambda doubt: doubt.name in before)
    lines = [doubt.text for doubt in ordered if doubt.kind not in _TESTS]
    for kind, about in _TESTS.items():
        if tests := [doubt for doubt in ordered if doubt.kind is kind]:
            lines.append(f"{about}: {_listed(tests)}")
    return lines


def _listed(tests: Sequence[Doubt]) -> str:
    named = [doubt.text for doubt in tests if not doubt.stands_for]
    others = [doubt for doubt in tests if doubt.stands_for]
    more = len(named[_SHOWN:]) + sum(doubt.stands_for for doubt in others)
    marks = "".join(f" ({_mark(doubt.name)})" for doubt in others)
    return ", ".join(named[:_SHOWN]) + (f" and {more} more{marks}" if more else "")


def _of_finding(finding: Finding) -> Doubt:
    name = _digest(DoubtKind.FOUND, finding.rule, finding.path, finding.reason)
    path, reason = _cut(finding.path, 200, name), _cut(finding.reason, _LIMIT, name)
    return Doubt(kind=DoubtKind.FOUND, name=name, text=f"{finding.rule}: {path}: {reason}")


def _of_problem(problem: str) -> Iterable[Doubt]:
    """Name it by its kind: its words hold output, times and places, which differ from run to run."""
    if problem:
        text = f"our own verification gave no verdict: {problem[:_LIMIT]}"
        yield Doubt(kind=DoubtKind.PROBLEM, name=_digest(DoubtKind.PROBLEM, problem_kind(problem)), text=text)


def _of_tests(kind: DoubtKind, names: Iterable[str]) -> list[Doubt]:
    """List tests, by their names; where it is all of them, why is told, and no part of the name for the same cause."""
    found = []
    for test in sorted(set(names)):
        everything = bool(_ALL.match(test))
        name = _digest(kind, "" if everything else test)
        found.append(Doubt(kind=kind, name=name, text=_cut(test, _LIMIT if everything else _TEST_LIMIT, name)))
    return found


def _bounded(found: Sequence[Doubt]) -> tuple[Doubt, ...]:
    named, others = found[:MOST_DOUBTS], found[MOST_DOUBTS:]
    return (*named, *([_together(others)] if others else []))


def _together(others: Sequence[Doubt]) -> Doubt:
    kind, count = others[0].kind, len(others)
    name = _digest("more", kind, *sorted(doubt.name for doubt in others))
    rules = ", ".join(sorted({doubt.text.partition(":")[0] for doubt in others}))
    return Doubt(kind=kind, name=name, text=f"{count} more findings ({_mark(name)}): {rules}", stands_for=count)


def _cut(text: str, limit: int, name: str) -> str:
    """Keep two texts apart of which only the beginning is shown."""
    return text if len(text) <= limit else f"{text[:limit]}… ({_mark(name)})"


def _mark(name: str) -> str:
    return name[:_MARK_DIGITS]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
