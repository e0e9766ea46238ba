"""What the guards think of a change before anybody else sees it."""

from enum import StrEnum

from tamma_core.domain.record import Record


class Verdict(StrEnum):
    """Order what may happen to a change."""

    PASS = "pass"
    HUMAN = "human"
    REFUSE = "refuse"


class Finding(Record, frozen=True):
    """Say which rule spoke, about which file, and why; the reason never quotes a secret."""

    rule: str
    path: str
    reason: str
    verdict: Verdict


class GuardReport(Record, frozen=True):
    """Hold the findings on one difference, named by its hash."""

    diff_hash: str
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Take the gravest finding."""
        verdicts = {finding.verdict for finding in self.findings}
        if Verdict.REFUSE in verdicts:
            return Verdict.REFUSE
        return Verdict.HUMAN if Verdict.HUMAN in verdicts else Verdict.PASS
