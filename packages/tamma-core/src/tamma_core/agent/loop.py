"""The tool loop: ask the model, run its tools, until it hands in a result or a limit ends it."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec import to_builtins
from msgspec.structs import replace

from tamma_core.agent.call_names import told_apart
from tamma_core.agent.conversation import Conversation
from tamma_core.agent.prompts import HANDOFF, HANDOFF_LEAD, INTERRUPTED, NO_TOOL_CALL, NUDGE, TRUNCATED
from tamma_core.agent.repetition import Repetition
from tamma_core.agent.toolbox import ToolAnswer, Toolbox, ToolSpec, parse
from tamma_core.agent.tools import WorkspaceTools
from tamma_core.agent.unseen import plain_output
from tamma_core.domain.agent import (
    AgentEvent,
    AgentFinished,
    Brief,
    ContextCompacted,
    FeedbackGiven,
    FinishReason,
    ModelAnswered,
    ToolFinished,
)
from tamma_core.domain.chunks import End
from tamma_core.domain.errors import (
    BudgetExhausted,
    ContextOverflow,
    Defect,
    InvalidInput,
    ModelRefused,
    TammaError,
    TruncatedStream,
)
from tamma_core.domain.masked_record import masked
from tamma_core.domain.messages import JsonObject, MessageRequest, ToolCall, user
from tamma_core.domain.task import Limits
from tamma_core.domain.usage import Usage
from tamma_core.ports.ai_provider import ModelChoice, Models
from tamma_core.ports.budget import Amount, Budget, Scope
from tamma_core.ports.coding_agent import AgentWorkspace
from tamma_core.ports.tape import heard

FINISH = "finish"
KEEP_RECENT_MESSAGES = 10
MASK_BATCH_SHARE = 0.15
COMPACT_SHARE = 0.75
MOST_FORMAT_ERRORS = 3
REMIND_EVERY = 25
OUTPUT_TOKENS = 8192


@dataclass(slots=True)
class _Run:
    """Hold what one run has seen; every field but the toolbox is a fold of the reports."""

    brief: Brief
    limits: Limits
    choice: ModelChoice
    toolbox: Toolbox
    conversation: Conversation
    started: float
    repetition: Repetition = field(default_factory=Repetition)
    answers: int = 0
    format_errors: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal = Decimal(0)
    stop_reason: str = ""
    settling: asyncio.Task[None] | None = None
    """The last call's money, on its way into the books beside the report of that call."""

    def add(self, event: AgentEvent) -> AgentEvent:
        """Take a report into account and hand it on."""
        self.conversation.add(event)
        self.repetition.add(event)
        match event:
            case ModelAnswered():
                self.answers += 1
                self.stop_reason = event.stop_reason
                self._spend(event.usage, event.cost_usd)
                if not event.message.tool_calls:
                    self.format_errors += 1
            case ContextCompacted():
                self._spend(event.usage, event.cost_usd)
            case ToolFinished():
                self.format_errors = 0
            case FeedbackGiven(reason="nudge"):
                self.repetition.nudged = True
            case FeedbackGiven(reason="restart"):
                self.format_errors, self.repetition = 0, Repetition()
            case _:
                pass
        return event

    async def settled(self) -> None:
        """Wait until the last call is in the books."""
        settling, self.settling = self.settling, None
        if settling is not None:
            await settling

    def _spend(self, usage: Usage, cost_usd: Decimal | None) -> None:
        self.usage = self.usage + usage
        self.cost_usd += cost_usd or 0


class ToolLoop:
    """Our own coding agent, on any model that calls tools."""

    def __init__(
        self,
        models: Models,
        budget: Budget,
        scopes: Callable[[], Sequence[Scope]],
        mask: Callable[[str], str] = str,
        mask_known: Callable[[str], str] = str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._models = models
        self._mask = mask
        self._mask_known = mask_known
        self._budget = budget
        self._scopes = scopes
        self._monotonic = monotonic

    async def run(
        self, brief: Brief, workspace: AgentWorkspace, limits: Limits, checkpoint: Sequence[AgentEvent]
    ) -> AsyncGenerator[AgentEvent, None]:
        """Yield reports until the last one, `AgentFinished`."""
        run = await self._begin(brief, workspace, limits)
        try:
            async for event in self._reports(run, checkpoint):
                yield event
        finally:
            await run.settled()

    async def _reports(self, run: _Run, checkpoint: Sequence[AgentEvent]) -> AsyncIterator[AgentEvent]:
        for event in checkpoint:
            run.add(event)
            if isinstance(event, AgentFinished):
                return
        for call in run.conversation.open_calls if checkpoint else ():
            event = await self._answer_again(run, call)
            yield run.add(event)
            if isinstance(event, AgentFinished):
                return
        while (end := _limit_reached(run, self._monotonic() - run.started)) is None:
            try:
                async for event in self._turn(run):
                    yield run.add(event)
                    if isinstance(event, AgentFinished):
                        return
            except BudgetExhausted as error:
                end = AgentFinished(
                    reason=FinishReason.COST_LIMIT, result=None, detail=f"{error.message}; {error.hint}"
                )
                break
            except ModelRefused as error:
                end = AgentFinished(reason=FinishReason.REFUSED, result=None, detail=error.message)
                break
        yield run.add(end)

    async def _begin(self, brief: Brief, workspace: AgentWorkspace, limits: Limits) -> _Run:
        brief = replace(brief, task=self._mask(brief.task), reminder=self._mask(brief.reminder))
        choice = await self._models.for_role(brief.role)
        specs = WorkspaceTools(workspace, writable=brief.writable).specs()
        finish = ToolSpec(FINISH, "Hand in the result and end the work.", brief.result, _never, repeatable=True)
        return _Run(brief, limits, choice, Toolbox((*specs, finish)), Conversation(brief.task), self._monotonic())

    async def _turn(self, run: _Run) -> AsyncIterator[AgentEvent]:
        """One answer of the model and the tools that it asks for."""
        async for event in self._make_room(run):
            yield event
        try:
            end = await self._ask(run)
        except ContextOverflow as error:
            async for event in self._summarise(run, error):
                yield event
            return
        answered = told_apart(end.message, run.conversation.call_ids)
        # Tools run what the model wrote: a secret put out of sight here would be put out of the diff guard's sight as well.
        told = masked(answered, self._mask_known)
        yield ModelAnswered(
            message=told,
            model=self._mask_known(end.model),
            usage=end.usage,
            cost_usd=end.cost_usd,
            stop_reason=end.stop_reason,
        )
        if not answered.tool_calls:
            text = TRUNCATED if end.stop_reason == "max_output_tokens" else NO_TOOL_CALL
            yield FeedbackGiven(text=text, reason="format_error")
            return
        for call in answered.tool_calls:
            event = await self._run_tool(run, call)
            yield event
            if isinstance(event, AgentFinished):
                return
        for feedback in _feedback(run):
            yield feedback

    async def _answer_again(self, run: _Run, call: ToolCall) -> ToolFinished | AgentFinished:
        """Answer a call whose result was lost: again if that changes nothing, else by saying so."""
        if run.toolbox.is_repeatable(call.name):
            return await self._run_tool(run, call)
        return _finished(call, INTERRUPTED, is_error=True, seconds=0.0)

    async def _run_tool(self, run: _Run, call: ToolCall) -> ToolFinished | AgentFinished:
        started = self._monotonic()
        if call.name == FINISH and call.error is None:
            try:
                return AgentFinished(reason=FinishReason.DONE, result=self._handed_in(run, call))
            except InvalidInput as error:
                return _finished(call, f"{error.message}. {error.hint}", is_error=True, seconds=0.0)
        asked = f"{call.name}\n{json.dumps(call.arguments, ensure_ascii=False)}"
        # What a repository's code says is no more ours to repeat than what a forge says.
        answer = await heard("tool", asked, lambda: run.toolbox.run(call), ToolAnswer)
        content = plain_output(self._mask(answer.content))
        return _finished(call, content, is_error=answer.is_error, seconds=self._monotonic() - started)

    def _handed_in(self, run: _Run, call: ToolCall) -> JsonObject:
        return masked(_result(run.brief.result, call.arguments), self._mask_known)

    async def _make_room(self, run: _Run) -> AsyncIterator[AgentEvent]:
        """Mask old tool output when that frees a batch worth the lost cache."""
        window = run.choice.max_context_tokens
        if run.conversation.estimate_tokens() + OUTPUT_TOKENS < COMPACT_SHARE * window:
            return
        upto, freed = run.conversation.maskable(KEEP_RECENT_MESSAGES)
        if freed >= MASK_BATCH_SHARE * window:
            yield ContextCompacted(method="masked", upto=upto)
            return
        async for event in self._summarise(run, None):
            yield event

    async def _summarise(self, run: _Run, cause: ContextOverflow | None) -> AsyncIterator[AgentEvent]:
        """Replace the history by a hand-off that the model writes itself."""
        upto, _ = run.conversation.maskable(2)
        run.conversation.add(ContextCompacted(method="masked", upto=upto))
        try:
            end = await self._ask(run, HANDOFF)
        except ContextOverflow as error:
            detail = (cause or error).message
            yield AgentFinished(reason=FinishReason.CONTEXT_FULL, result=None, detail=detail)
            return
        yield ContextCompacted(
            method="summarised",
            upto=len(run.conversation.messages),
            summary=f"{HANDOFF_LEAD}\n{self._mask_known(end.message.text)}",
            usage=end.usage,
            cost_usd=end.cost_usd,
        )

    async def _ask(self, run: _Run, instruction: str = "") -> End:
        """Send the history; money is set aside before and settled after."""
        messages = run.conversation.messages
        request = MessageRequest(
            messages=(*messages, user(instruction)) if instruction else messages,
            model=run.choice.model,
            system_prompt=run.brief.system,
            tools=run.toolbox.tools,
            tool_choice="none" if instruction else "auto",
            max_output_tokens=min(OUTPUT_TOKENS, run.choice.max_output_tokens or OUTPUT_TOKENS),
        )
        input_tokens = run.conversation.estimate_tokens() + len(run.brief.system) // 3
        worst = Amount(
            usd=run.choice.worst_case_usd(input_tokens, request.max_output_tokens),
            tokens=input_tokens + request.max_output_tokens,
        )
        await run.settled()
        reservation = await self._budget.reserve(self._scopes(), worst)
        try:
            end = await _last(run.choice, request)
        except TammaError as error:
            if not (isinstance(error, TruncatedStream) and error.partial):
                await self._budget.settle(reservation, _lost(run.choice, input_tokens, error.lost_answers))
            raise
        if end.cost_usd is None and run.choice.price is not None:
            end = replace(end, cost_usd=run.choice.price.cost(end.usage))
        lost = _lost(run.choice, input_tokens, end.lost_answers)
        if end.cost_usd is not None and lost.usd is not None:
            end = replace(end, cost_usd=end.cost_usd + lost.usd)
        actual = Amount(usd=end.cost_usd, tokens=end.usage.total_tokens + lost.tokens)
        # The report that follows is journaled in the same commit; waiting here would make two of them.
        run.settling = asyncio.create_task(self._budget.settle(reservation, actual))
        return end


def _lost(choice: ModelChoice, input_tokens: int, answers: int) -> Amount:
    """Price what answers have read that were lost before their first word: the vendor does, and says nothing of it."""
    each = choice.worst_case_usd(input_tokens, 0) if answers else Decimal(0)
    return Amount(usd=None if each is None else each * answers, tokens=input_tokens * answers)


async def _last(choice: ModelChoice, request: MessageRequest) -> End:
    end = None
    async for chunk in choice.provider.send_message(request):
        if isinstance(chunk, End):
            end = chunk
    if end is None:
        raise Defect(f"provider `{choice.provider.name}` ended a stream without its end")
    return end


def _limit_reached(run: _Run, seconds: float) -> AgentFinished | None:
    """Check every limit before the next call."""
    limits = run.limits
    if run.format_errors >= MOST_FORMAT_ERRORS:
        return _stopped(FinishReason.FORMAT_ERRORS, f"{run.format_errors} answers in a row without a tool call")
    if run.repetition.verdict() == "stop":
        return _stopped(FinishReason.STUCK, "the same action with the same result, again and again")
    if run.answers >= limits.steps:
        return _stopped(FinishReason.STEP_LIMIT, f"{run.answers} answers of the model")
    if limits.cost_usd is not None and run.cost_usd >= limits.cost_usd:
        return _stopped(FinishReason.COST_LIMIT, f"{run.cost_usd:.4f} USD of {limits.cost_usd} USD")
    if limits.tokens is not None and run.usage.total_tokens >= limits.tokens:
        return _stopped(FinishReason.TOKEN_LIMIT, f"{run.usage.total_tokens:,} of {limits.tokens:,} tokens")
    if seconds >= limits.wall_s:
        return _stopped(FinishReason.TIME_LIMIT, f"{limits.wall_s:.0f} s")
    return None


def _feedback(run: _Run) -> Sequence[FeedbackGiven]:
    if run.repetition.verdict() == "nudge":
        return (FeedbackGiven(text=NUDGE, reason="nudge"),)
    if run.brief.reminder and run.answers % REMIND_EVERY == 0:
        return (FeedbackGiven(text=run.brief.reminder, reason="reminder"),)
    return ()


def _stopped(reason: FinishReason, detail: str) -> AgentFinished:
    return AgentFinished(reason=reason, result=None, detail=detail)


def _finished(call: ToolCall, content: str, *, is_error: bool, seconds: float) -> ToolFinished:
    return ToolFinished(call_id=call.id, name=call.name, content=content, is_error=is_error, seconds=round(seconds, 3))


def _result(kind: type[object], arguments: JsonObject) -> JsonObject:
    dumped: JsonObject = to_builtins(parse(kind, arguments))
    return dumped


async def _never(_: object) -> str:
    raise Defect("the finishing tool is handled by the loop")
