"""Say in a few lines what came of a run, for a model to read."""

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import middle_cut
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.suite import Suite

_SHOWN = 10
_LONGEST = 6000


def summary(plan: SuitePlan, suite: Suite, seconds: float) -> str:
    """Count outcomes, then show the first failures with their messages."""
    counts = {outcome: sum(case.outcome is outcome for case in suite.cases.values()) for outcome in TestOutcome}
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "no tests ran"
    lines = [f"`{' '.join(plan.command)}`: {told} in {seconds:.1f} s"]
    if suite.problem:
        lines.append(f"problem: {suite.problem}")
    for name in suite.red[:_SHOWN]:
        lines += [f"--- {name}", suite.cases[name].message or "(no message)"]
    if len(suite.red) > _SHOWN:
        lines.append(f"… and {len(suite.red) - _SHOWN} more failures")
    if suite.problem and not suite.red and suite.output:
        lines += ["output:", suite.output]
    return middle_cut("\n".join(lines), _LONGEST)
