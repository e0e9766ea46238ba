"""The twelve steps, a module each."""

from collections.abc import Mapping

from tamma_core.domain.task import StepName
from tamma_core.engine.step import Step
from tamma_core.engine.steps import (
    analyse,
    approve,
    branch,
    close,
    implement,
    merge,
    monitor,
    plan,
    pull_request,
    review,
    select,
    verify,
)

STEPS: Mapping[StepName, Step] = {
    StepName.SELECT: select.run,
    StepName.ANALYSE: analyse.run,
    StepName.PLAN: plan.run,
    StepName.APPROVE: approve.run,
    StepName.BRANCH: branch.run,
    StepName.IMPLEMENT: implement.run,
    StepName.VERIFY: verify.run,
    StepName.REVIEW: review.run,
    StepName.PULL_REQUEST: pull_request.run,
    StepName.MONITOR: monitor.run,
    StepName.MERGE: merge.run,
    StepName.CLOSE: close.run,
}
