"""Verify a commit: run the project's own tests on it and on its base, in fresh checkouts."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.domain.verification import FailureKind, VerificationReport
from tamma_core.ports.clock import Clock, Entropy
from tamma_core.ports.egress import Egress
from tamma_core.ports.sandbox import Sandbox
from tamma_core.ports.tape import heard, read
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.verification.checkout import Checkouts, Commits
from tamma_core.verification.compare import new_tests, not_judged
from tamma_core.verification.dependencies import Dependencies
from tamma_core.verification.detect import detect
from tamma_core.verification.execution import Execution
from tamma_core.verification.network import NetworkUse
from tamma_core.verification.place import Prepared, Toolchain
from tamma_core.verification.plan import NoTests, SuitePlan
from tamma_core.verification.settings import VerificationSettings
from tamma_core.verification.suite import Suite
from tamma_core.verification.summary import summary
from tamma_core.verification.trial import Trial

_LACKS = "the project's dependencies were not installed, because the set-up has no permission to use the network"

_BESIDE = "{} of {} tests are whole files, beside which no test that must fail can be put"


class Means(Record, frozen=True, kw_only=True):
    """Hold what a verifier needs of the machine beside a sandbox."""

    clock: Clock
    entropy: Entropy
    toolchain: Toolchain
    egress: Egress | None = None


class Verifier:
    """Run tests in fresh checkouts, on dependencies that the tested code cannot write."""

    def __init__(self, sandbox: Sandbox, commits: Commits, cache_root: Path, means: Means) -> None:
        self._sandbox = sandbox
        self._means = means
        self._commits = commits
        self._checkouts = Checkouts(commits, cache_root / "trees")
        self._dependencies = Dependencies(sandbox, cache_root / "dependencies", means.toolchain, means.egress)

    def take_used(self) -> tuple[NetworkUse, ...]:
        """Answer what used a network since the last call, for the journal."""
        return read("networks", self._dependencies.networks.take_used, tuple[NetworkUse, ...])

    async def verify(self, base: Sha, head: Sha, settings: VerificationSettings) -> VerificationReport:
        """Compare a commit with its base; whatever goes wrong is the report's problem, unless no sandbox holds."""
        return await heard("verify", f"{base}..{head}", partial(self._verify, base, head, settings), VerificationReport)

    async def _verify(self, base: Sha, head: Sha, settings: VerificationSettings) -> VerificationReport:
        report = VerificationReport(sha=head, base=base, command="", tests_run=0, tests_run_on_base=0)
        plan, prepared = await self._plan(base, settings)
        if isinstance(plan, NoTests):
            plan = await self._first_tests(head, settings)
        if isinstance(plan, NoTests):
            return replace(report, problem=plan.reason)
        report = replace(report, command=" ".join(plan.command), problem=prepared.problem)
        if prepared.problem:
            return report
        execution = self._execution(plan, prepared, settings)
        changed = await self._commits.changed_paths(base, head)
        return await _judged(report, Trial(self._checkouts, execution, base, head, changed), plan, prepared, settings)

    async def run_selection(
        self, base: Sha, tree: Path, selection: Sequence[str], settings: VerificationSettings
    ) -> str:
        """Run tests in the agent's own tree and say shortly what came of it; the selection is in the runner's words."""
        plan, prepared = await self._plan(base, settings)
        if isinstance(plan, NoTests):
            plan = await asyncio.to_thread(detect, tree, settings)
        if isinstance(plan, NoTests):
            return f"The tests cannot be run: {plan.reason}"
        if prepared.problem:
            return f"The tests cannot be run: {prepared.problem}"
        started = self._means.clock.monotonic()
        execution = self._execution(plan, prepared, settings)
        # What is left among the agent's files would be taken for its work.
        leaves = plan.builds or (bool(prepared.shown) and isinstance(self._sandbox, OwnPlaces))
        copied = self._checkouts.copy(tree, settings.test_limits.disk_bytes)
        try:
            async with copied if leaves else nullcontext(tree) as place:
                suite = await execution.suite(place, selection)
        except InvalidInput as error:
            return f"The tests cannot be run on a copy of this tree: {error.message}"
        return summary(plan, suite, self._means.clock.monotonic() - started)

    def _execution(self, plan: SuitePlan, prepared: Prepared, settings: VerificationSettings) -> Execution:
        return Execution(self._sandbox, self._means.toolchain, plan, prepared, settings, self._means.entropy)

    async def _plan(self, base: Sha, settings: VerificationSettings) -> tuple[SuitePlan | NoTests, Prepared]:
        """Decide everything from the base: what the change says about its own tests does not count."""
        async with self._checkouts.fresh(base) as tree:
            plan = await asyncio.to_thread(detect, tree, settings)
            if isinstance(plan, NoTests):
                return plan, Prepared()
            return plan, await self._dependencies.prepare(tree, plan, settings)

    async def _first_tests(self, head: Sha, settings: VerificationSettings) -> SuitePlan | NoTests:
        """Look whether the change brings the first tests; nothing that it names is installed."""
        async with self._checkouts.fresh(head) as tree:
            plan = await asyncio.to_thread(detect, tree, settings)
        return plan if isinstance(plan, NoTests) else replace(plan, setup=())


async def _judged(
    report: VerificationReport, trial: Trial, plan: SuitePlan, prepared: Prepared, settings: VerificationSettings
) -> VerificationReport:
    base, head = await trial.suites()
    report = replace(report, tests_run=len(head.cases), tests_run_on_base=len(base.cases), problem=head.problem)
    report = _with_proof(report, base, head)
    if not head.cases:
        return report if not prepared.lacks else replace(report, problem=f"{head.problem}; {_LACKS}")
    new = new_tests(base.cases, head.cases)
    failures = await trial.failures(base, head, settings.repeats)
    if not any(failure.kind is FailureKind.NEW for failure in failures):
        failures += await trial.unsteady(head, new, settings.repeats)
    return replace(
        report,
        failures=failures,
        not_judged=(*report.not_judged, *not_judged(failures, base.cases)),
        missing_tests=await trial.missing(base, head),
        contradicted_by=await trial.contradicted(base, head),
        reproduced=await trial.reproduced(base, head, new),
        checks=tuple([await trial.check(check) for check in plan.checks]),
    )


def _with_proof(report: VerificationReport, base: Suite, head: Suite) -> VerificationReport:
    """Refuse a run that cannot fail; where the trusted base cannot either, that is not the change's doing, and a person decides."""
    if not head.must_fail:
        return replace(report, unproven=f"no test that must fail can be put beside `{report.command[:120]}`")
    if not head.cases or (report.problem and not head.passed):
        return report
    if base.cannot_fail and base.cases:
        # Also where the head can fail: what a disturbed base shows as red excuses nothing.
        shown = f"on the base, {base.cannot_fail}"
        return replace(report, unproven=shown, not_judged=(f"all, since the test run cannot fail: {shown}",))
    if not head.cannot_fail:
        return report if not head.whole else replace(report, unproven=_BESIDE.format(head.whole, len(head.cases)))
    return replace(report, problem=f"the test run cannot fail: {head.cannot_fail}")
