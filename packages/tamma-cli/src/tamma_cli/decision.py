"""Decide at the terminal what a task waits for: a plan, with edit, or a difference."""

import asyncio
import getpass
import os
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tamma_core.domain.errors import ConditionFailed, InvalidInput, PermissionDenied
from tamma_core.domain.events import ApprovalSubject, Approved, Event, PlanMade, Rejected, TaskPaused
from tamma_core.domain.ids import TaskId
from tamma_core.domain.plan import Plan, plan_hash
from tamma_core.domain.record import Record
from tamma_core.domain.state import TaskState, fold
from tamma_core.domain.task import StepName
from tamma_core.ports.journal import AppendCondition, Journal, Query, QueryItem

from tamma_cli.asking import choose
from tamma_cli.outcome import question
from tamma_cli.plan_text import from_edited, readable, to_edit
from tamma_cli.screen import Screen
from tamma_cli.terminal_text import safe

if TYPE_CHECKING:
    from tamma_core.workspace.workspace import Workspace

DIFF_LIMIT_BYTES = 200_000
_LEASE_S = 10.0
Via = Literal["terminal", "cli", "demo"]


def person() -> str:
    """Name who sits at the terminal."""
    return getpass.getuser()


class Shown(Record, frozen=True):
    """Bind a decision to what was shown; it is refused when anything was decided or made anew since."""

    state: TaskState

    def condition(self) -> AppendCondition:
        """Fail when the plan, the request or a decision changed after what was shown."""
        types = frozenset({"approved", "rejected", "plan_made", "issue_selected", "candidate_made", "task_cancelled"})
        tags = frozenset({f"task:{self.state.task.id}"})
        return AppendCondition(Query((QueryItem(types=types, tags=tags),)), after=self.state.position)

    @property
    def subject(self) -> ApprovalSubject:
        """Tell whether a plan or a difference is to be decided."""
        waits = self.state.wait
        return ApprovalSubject.PLAN if waits and waits.step is StepName.APPROVE else ApprovalSubject.DIFF

    def approval(self, *, by: str, via: str) -> Approved:
        """Approve exactly what was shown."""
        return Approved(subject=self.subject, hash=question(self.state), by=by, via=via)

    def rejection(self, *, by: str, via: str, reason: str) -> Rejected:
        """Reject exactly what was shown."""
        return Rejected(subject=self.subject, hash=question(self.state), by=by, via=via, reason=reason)


async def record(journal: Journal, shown: Shown, event: Event) -> None:
    """Journal a decision; raise `ConditionFailed` when what was shown is no longer what waits.

    Raises `PermissionDenied` where the rules of the repository name who approves.
    """
    approvers = shown.state.settings.rules.approvers
    if isinstance(event, Approved) and approvers is not None:
        raise PermissionDenied(
            f"the rules of {shown.state.task.repository} say who approves: {', '.join(approvers)}",
            hint=f"one of them writes `/tamma approve {event.hash}` in the issue",
        )
    try:
        await journal.signal(shown.state.task.id, [event], shown.condition())
    except ConditionFailed as error:
        raise ConditionFailed(
            f"task {shown.state.task.id} moved on while you looked at it", hint="look again, then decide"
        ) from error


async def present(journal: Journal, task: TaskId) -> TaskState:
    """Read how a task stands now."""
    return fold(await journal.read(task))


class TerminalDecision:
    """Show what waits and record what the person says."""

    def __init__(self, screen: Screen, journal: Journal) -> None:
        self._screen = screen
        self._journal = journal

    async def decide(self, state: TaskState, workspace: "Workspace | None") -> None:
        """Ask about a plan or a difference; leaving by Ctrl-C or Ctrl-D parks the task."""
        shown = Shown(state)
        if shown.subject is ApprovalSubject.PLAN:
            await self._plan(shown)
        else:
            await self._difference(shown, workspace)

    async def _plan(self, shown: Shown) -> None:
        state = shown.state
        if state.plan is None:
            return
        self._screen.say(f"\n{readable(state.plan, name=state.plan_hash, version=state.plan_version)}\n")
        answer = await choose("Approve this plan?", ("yes", "no", "edit"))
        if answer == "edit":
            edited = await self._edited(state.plan)
            if edited is None or edited == state.plan:
                await self._plan(shown)
            else:
                await self._replace(shown, edited)
            return
        await self._record(shown, answer)

    async def _replace(self, shown: Shown, plan: Plan) -> None:
        """Journal a new version of the plan; the engine shows it wherever plans are shown, and asks again."""
        lease = await self._journal.claim(shown.state.task.id, owner=f"editor:{os.getpid()}", ttl_s=_LEASE_S)
        try:
            await self._journal.append(lease, [_new_version(shown.state, plan)], shown.condition())
        finally:
            await self._journal.release(lease)

    async def _difference(self, shown: Shown, workspace: "Workspace | None") -> None:
        from tamma_core.engine.texts import guard_reasons, verification_text

        state = shown.state
        if state.candidate is None or workspace is None:
            return
        text = await workspace.diff_text(state.base_sha, state.candidate.sha, limit_bytes=DIFF_LIMIT_BYTES)
        show_difference(self._screen, text)
        for reason in guard_reasons(state.candidate.guard):
            self._screen.warn(reason)
        if state.verified is not None:
            self._screen.say(f"verification: {verification_text(state.verified.report)}")
        if state.wait is not None:
            self._screen.say(state.wait.reason)
        await self._record(shown, await choose("Approve this change?", ("yes", "no")))

    async def _record(self, shown: Shown, answer: str | None) -> None:
        match answer:
            case "yes":
                await record(self._journal, shown, shown.approval(by=person(), via="terminal"))
            case "no":
                await record(self._journal, shown, shown.rejection(by=person(), via="terminal", reason=""))
            case _:
                await self._journal.signal(shown.state.task.id, [TaskPaused(by=person())])

    async def _edited(self, plan: Plan) -> Plan | None:
        """Have the person edit the plan until it can be read, or nothing was changed."""
        text = to_edit(plan)
        while True:
            changed = await _editor(text)
            if changed == text:
                return None
            try:
                return from_edited(self._screen.mask(changed))
            except InvalidInput as error:
                self._screen.fail(error.message, error.hint)
                if await choose("Edit again?", ("yes", "no")) != "yes":
                    return None
                text = changed


def show_difference(screen: Screen, text: str) -> None:
    """Show a difference with the usual colours beside its marks."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.splitlines():
        plain = line.startswith(("+++", "---"))
        screen.say(line, style="bold" if plain else styles.get(line[:1], ""))


def _new_version(state: TaskState, plan: Plan) -> PlanMade:
    from tamma_core.engine.request import selected, text_of

    chosen = selected(state)
    name = plan_hash(plan, issue_text=text_of(chosen.issue, state.task.text), base=chosen.base_sha)
    return PlanMade(plan=plan, hash=name, version=state.plan_version + 1)


async def _editor(text: str) -> str:
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="tamma-plan-") as folder:
        file = Path(folder) / "plan.yaml"
        file.write_text(safe(text), encoding="utf-8")
        try:
            process = await asyncio.create_subprocess_exec(*command, str(file))
        except OSError as error:
            raise InvalidInput(
                f"the editor `{command[0]}` cannot be started: {error.strerror}", hint="set EDITOR"
            ) from error
        if await process.wait() != 0:
            return text
        return file.read_text(encoding="utf-8")
