"""What the demonstration shows at its end."""

from collections.abc import Iterator
from pathlib import Path

from tamma_core.domain.events import Approved, Recorded
from tamma_core.domain.record import Record
from tamma_core.domain.state import TaskState
from tamma_core.domain.verification import VerificationReport

from tamma_cli.demo.project import git
from tamma_cli.outcome import summary
from tamma_cli.screen import JsonRow


class Ending(Record, frozen=True, kw_only=True):
    """Hold what came of a demonstration."""

    state: TaskState
    approvals: tuple[Approved, ...]
    difference: str
    log: str
    sandbox: str
    model: str
    seconds: float
    folder: Path
    kept: bool

    def lines(self) -> Iterator[str]:
        """Write it for people."""
        yield self.difference.rstrip()
        yield ""
        where = "without a sandbox" if self.sandbox == "none" else "in the sandbox"
        yield from _verification(self.state.verified.report if self.state.verified else None, where)
        for approval in self.approvals:
            yield f"approved      {approval.subject.value} {approval.hash} by {approval.by} ({approval.via})"
        yield f"sandbox       {self.sandbox}"
        yield f"model         {self.model}"
        yield f"time          {self.seconds:.1f} s"
        yield f"where         {self.folder}{'' if self.kept else ' (removed now; `--keep` keeps it)'}"
        yield "\n$ git log --oneline --graph"
        yield self.log.rstrip()

    def row(self) -> JsonRow:
        """Write it for programs."""
        report = self.state.verified.report if self.state.verified else None
        return {
            **summary(self.state),
            "approvals": [
                {"subject": one.subject.value, "hash": one.hash, "by": one.by, "via": one.via} for one in self.approvals
            ],
            "verification": _row(report) if report else None,
            "difference": self.difference,
            "log": self.log,
            "sandbox": self.sandbox,
            "model": self.model,
            "seconds": round(self.seconds, 1),
            "folder": str(self.folder) if self.kept else None,
        }


async def difference(repository: Path, state: TaskState) -> tuple[str, str]:
    """Read from the project itself what was merged, and its history."""
    log = await git(repository, "log", "--oneline", "--graph", "main")
    if state.merged is None or state.selected is None:
        return "", log
    return await git(repository, "diff", "--no-color", state.selected.base_sha, state.merged.sha), log


def approvals(recorded: tuple[Recorded, ...]) -> tuple[Approved, ...]:
    """List who approved what."""
    return tuple(item.event for item in recorded if isinstance(item.event, Approved))


def _verification(report: VerificationReport | None, where: str) -> Iterator[str]:
    if report is None:
        return
    yield f"verification  `{report.command}` in fresh checkouts, {where}"
    yield f"  before      {report.tests_run_on_base} tests; the new tests are {'red' if report.reproduced else 'not red'} there"
    yield f"  after       {report.tests_run} tests, {'all green' if report.green else 'not all green'}"


def _row(report: VerificationReport) -> JsonRow:
    return {
        "command": report.command,
        "testsBefore": report.tests_run_on_base,
        "testsAfter": report.tests_run,
        "newTestsRedBefore": report.reproduced,
        "greenAfter": report.green,
    }
