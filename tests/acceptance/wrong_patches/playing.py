"""Play one wrong patch to its end and look at the forge."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from acceptance.wrong_patches.case import Case, Scene, StoppedBy
from msgspec.structs import replace
from rehearsal.project import repairing
from rehearsal.story import Stage, Story
from rehearsal.world import World
from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName, TaskStatus
from tamma_core.domain.verification import VerificationReport
from tamma_core.engine.engine import Engine
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.verification.network import NetworkUse
from tamma_core.verification.runner import Verifier
from tamma_core.verification.settings import VerificationSettings

KNOWN = "9f2c71d0b5e84a63c1f7082ad94be65310cc7d2e"
"""A token that the engine was told of, as it is told of those of its forges and models."""
_LIMITS = ProcessLimits(time_s=12.0, processes=64, output_bytes=256 << 10, memory_bytes=1 << 30)
_BY_STEP = {
    StepName.BRANCH: StoppedBy.PLAN,
    StepName.PLAN: StoppedBy.PLAN,
    StepName.APPROVE: StoppedBy.PLAN,
    StepName.IMPLEMENT: StoppedBy.AGENT,
    StepName.VERIFY: StoppedBy.TESTS,
    StepName.REVIEW: StoppedBy.REVIEW,
    StepName.PULL_REQUEST: StoppedBy.GUARD,
    StepName.MONITOR: StoppedBy.GATE,
    StepName.MERGE: StoppedBy.GATE,
}


class Impatient(Verifier):
    """The verifier, with limits that a test can wait for."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    async def verify(self, base: Sha, head: Sha, settings: VerificationSettings) -> VerificationReport:
        """Verify within the limits."""
        return await self._verifier.verify(base, head, _hurried(settings))

    def take_used(self) -> tuple[NetworkUse, ...]:
        """Answer what used a network."""
        return self._verifier.take_used()

    async def run_selection(
        self, base: Sha, tree: Path, selection: Sequence[str], settings: VerificationSettings
    ) -> str:
        """Run the agent's selection within the limits."""
        return await self._verifier.run_selection(base, tree, selection, _hurried(settings))


def _hurried(settings: VerificationSettings) -> VerificationSettings:
    # This interpreter's pytest would load a dozen plug-ins that no case needs.
    environment = {**settings.environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return replace(settings, test_limits=_LIMITS, environment=environment)


class Outcome(Record, frozen=True, kw_only=True):
    """Hold what became of a wrong patch."""

    case: Case
    state: TaskState
    stopped: StoppedBy
    reason: str
    merges: int


def impatient(opened: World) -> World:
    """Answer the same world, whose tests are ended soon."""
    verifier = opened.ports.verifier
    ports = replace(opened.ports, verifier=lambda workspace: Impatient(verifier(workspace)))
    return World(Engine(ports, owner="test"), ports, opened.store, opened.forge)


async def play(stage: Stage, case: Case) -> Outcome:
    """Play a case; whatever may be wrong with its end is an assertion error."""
    script = repairing(*case.attempts, files=case.named)
    script.analyse = script.analyse[-1:]
    if case.review:
        script.review = case.review
    async with stage(script, case.files) as story:
        story.world = impatient(story.world)
        for name, value in case.variables.items():
            story.people.owner.call("POST", f"{story.repository.path}/actions/variables/{name}", {"value": value})
        if case.files_then:
            story.repository.push(case.files_then, "main")
        scene = Scene(story, base=story.repository.head())

        def enough(state: TaskState) -> bool:
            case.ci(scene, state)
            case.event(scene, state)
            return case.enough(state)

        state = await story.play(until=enough, settings=case.settings, approve=case.approves)
        outcome = Outcome(case=case, state=state, stopped=_stopped(state), reason=_reason(state), merges=_merges(story))
        _check(scene, outcome)
        case.after(scene, state)
        return outcome


def _check(scene: Scene, outcome: Outcome) -> None:
    """Compare with what was expected: the forge first, then the words."""
    case, state, story = outcome.case, outcome.state, scene.story
    shown = f"{outcome.stopped}: {outcome.reason}"
    assert outcome.merges == 0, shown
    assert story.repository.head() == scene.base, "the base branch was moved"
    assert state.status in {TaskStatus.PAUSED, TaskStatus.WAITING}, shown
    assert state.merged is None
    assert story.get(f"/issues/{story.issue}")["state"] == "open"
    assert outcome.stopped is case.stopped, shown
    assert re.search(case.reason, outcome.reason, re.DOTALL), shown
    pulls, branches = story.get("/pulls?state=all"), story.branches()
    if case.pushed or case.stopped is StoppedBy.GATE:
        assert len(pulls) == 1
    else:
        assert (pulls, branches) == ([], ["main"]), "something was pushed before the guard spoke"
    assert case.rules <= rules(state), f"the guard found only {sorted(rules(state))}"


def rules(state: TaskState) -> frozenset[str]:
    """Name the rules by which the guard spoke about the candidate."""
    guard = state.candidate.guard if state.candidate else None
    return frozenset(finding.rule for finding in guard.findings) if guard else frozenset()


def _stopped(state: TaskState) -> StoppedBy:
    step = state.parked.step if state.parked else state.step
    reason = _reason(state)
    if step is StepName.IMPLEMENT and "the guard refuses" in reason:
        return StoppedBy.REFUSED
    return StoppedBy.AGENT if step is None else _BY_STEP.get(step, StoppedBy.AGENT)


def _reason(state: TaskState) -> str:
    if state.parked is not None:
        return state.parked.reason
    return state.wait.reason if state.wait is not None else state.ended_because


def _merges(story: Story) -> int:
    pulls: list[Any] = story.get("/pulls?state=all")
    return sum(bool(pull["merged"]) for pull in pulls)
