"""The one list of reasons for which a person has to look at a difference: who asks and who lets pass go by it."""

import hashlib
from collections.abc import Iterable

from tamma_core.domain.guard import GuardReport, Verdict
from tamma_core.domain.record import Record
from tamma_core.domain.verification import VerificationReport

_SHOWN = 10
_LIMIT = 300


class Doubt(Record, frozen=True, kw_only=True):
    """Hold one reason: its text for people, and a name that is another one for each other reason."""

    name: str
    text: str


def doubts(guard: GuardReport | None, report: VerificationReport | None) -> tuple[Doubt, ...]:
    """List all that the guard found and all that verification leaves to a person."""
    return (*(_found(guard) if guard else ()), *(_left(report) if report else ()))


def _found(guard: GuardReport) -> Iterable[Doubt]:
    for finding in guard.findings:
        if finding.verdict is not Verdict.PASS:
            text = f"{finding.rule}: {finding.path[:200]}: {finding.reason[:_LIMIT]}"
            yield _doubt("guard", text, finding.rule, finding.path, finding.reason)


def _left(report: VerificationReport) -> Iterable[Doubt]:
    if report.problem:
        # Named by its kind: its words hold times and places, which differ from run to run.
        yield _doubt("problem", f"our own verification gave no verdict: {report.problem[:_LIMIT]}")
    if report.not_judged:
        text = f"broken on the base, these tests judged nothing: {_listed(report.not_judged)}"
        yield _doubt("not judged", text, *sorted(report.not_judged))
    if report.contradicted_by:
        text = f"the base's own tests fail on this change: {_listed(report.contradicted_by)}"
        yield _doubt("contradicted", text, *sorted(report.contradicted_by))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_SHOWN])[:_LIMIT]


def _doubt(kind: str, text: str, *parts: str) -> Doubt:
    content = "\0".join((kind, *parts)).encode(errors="surrogatepass")
    return Doubt(name=hashlib.sha256(content).hexdigest()[:32], text=text)
