"""Decide what is next from a task's state alone."""

from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName


def next_step(state: TaskState) -> StepName:
    """Answer the first step whose result is missing or no longer valid."""
    candidate, shown = state.candidate, state.pull_request
    if state.merged is not None:
        return StepName.CLOSE
    missing = (
        (StepName.SELECT, state.selected is None),
        (StepName.ANALYSE, state.analysis is None),
        (StepName.PLAN, state.plan is None),
        (StepName.APPROVE, state.plan_approval is None),
        (StepName.BRANCH, not state.branch),
        (StepName.IMPLEMENT, candidate is None),
        (StepName.VERIFY, state.verified is None),
        (StepName.REVIEW, state.reviewed is None),
        (StepName.PULL_REQUEST, shown is None or candidate is None or shown.head_sha != candidate.sha),
        (StepName.MONITOR, state.gate is None),
        (StepName.MERGE, state.merged is None),
    )
    return next((step for step, is_missing in missing if is_missing), StepName.CLOSE)
