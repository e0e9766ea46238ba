"""Our tool loop on a real wire, in a real sandbox."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr
from rehearsal.script import Turn, bash, call, edit, finish, unfit
from tamma_core.agent.loop import ToolLoop
from tamma_core.agent.prompts import INTERRUPTED, NUDGE
from tamma_core.domain.agent import (
    AgentEvent,
    AgentFinished,
    AgentRole,
    Brief,
    FinishReason,
    ToolFinished,
)
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.errors import BudgetExhausted, TruncatedStream, Unavailable
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_core.domain.task import Limits
from tamma_core.domain.usage import Price
from tamma_core.ports.ai_provider import ModelChoice
from tamma_core.ports.budget import Amount, Reservation, Scope
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.agent_tree import AgentSetting, AgentTree
from tamma_core.workspace.layout import TaskDirectory
from tamma_providers.options import Patience, ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.replies import Answer, AskedTool, Broken, HttpFailure, Reply
from tamma_providers.testing.serving import serving

MODEL = "rehearsed"
PRICE = Price(input_usd=Decimal(1), output_usd=Decimal(5))


class Sum(Record, frozen=True):
    """What the agent of these tests hands in."""

    answer: int


class Tree(AgentTree):
    """A tree whose tests are a script of its own."""

    async def run_tests(self, selection: Sequence[str]) -> str:
        """Answer what was selected."""
        return f"ran {list(selection)}"


@dataclass
class Purse:
    """A budget that remembers, with one cap."""

    cap_usd: Decimal = Decimal(100)
    reserved: list[Amount] = field(default_factory=list)
    settled: list[Amount] = field(default_factory=list)

    async def reserve(self, scopes: Sequence[Scope], worst: Amount) -> Reservation:
        """Set aside, up to the cap."""
        if sum((amount.usd or Decimal(0) for amount in self.settled), Decimal(0)) >= self.cap_usd:
            raise BudgetExhausted(f"cap of {self.cap_usd} USD reached in {scopes[0].name}")
        self.reserved.append(worst)
        return Reservation(str(len(self.reserved)))

    async def settle(self, reservation: Reservation, actual: Amount) -> None:
        """Note what was spent."""
        assert reservation.id
        self.settled.append(actual)

    async def spent(self, scope: str) -> Amount:
        """Answer nothing; the loop does not ask."""
        raise AssertionError(scope)


@dataclass
class Stage:
    """A loop on a scripted model."""

    loop: ToolLoop
    model: ScriptedAnthropic
    tree: Tree
    purse: Purse

    async def run(
        self, checkpoint: Sequence[AgentEvent] = (), *, limits: Limits | None = None, writable: bool = True
    ) -> list[AgentEvent]:
        """Run the loop to its end."""
        brief = self.brief(writable=writable)
        return [event async for event in self.loop.run(brief, self.tree, limits or Limits(), checkpoint)]

    def brief(self, *, writable: bool = True) -> Brief:
        """Answer what the agent is asked for."""
        return Brief(role=AgentRole.IMPLEMENT, system="s", task="the task", result=Sum, writable=writable)


@dataclass
class OneModel:
    """Answer the same model for every role."""

    choice: ModelChoice

    async def for_role(self, role: AgentRole) -> ModelChoice:
        """Answer the model."""
        assert role
        return self.choice


@asynccontextmanager
async def staged(
    tmp_path: Path,
    turns: Sequence[Turn],
    *,
    window: int = 100_000,
    purse: Purse | None = None,
    patience: Patience = Patience(),  # noqa: B008 - it never changes
) -> AsyncIterator[Stage]:
    """Set a scripted model, a sandboxed tree and a loop up."""

    def respond(request: JsonObject) -> Reply:
        messages = request["messages"]
        assert isinstance(messages, list)
        number = sum(isinstance(message, Mapping) and message["role"] == "assistant" for message in messages)
        turn = turns[min(number, len(turns) - 1)]
        return turn if isinstance(turn, Answer | HttpFailure | Broken) else turn(dict(request))

    model = ScriptedAnthropic(respond)
    directory = TaskDirectory(tmp_path / "task", tmp_path / "cache", own_paths=False)
    root = directory.tree
    for path in (root, directory.objects, directory.cache / "objects"):
        path.mkdir(parents=True)
    (root / "a.py").write_text("def add(a, b):\n    return a - b\n")
    async with serving(model.app) as url:
        retry = RetryPolicy(attempts=2, first_wait_s=0.01)
        provider = open_provider(
            "scripted",
            kind="anthropic",
            model=MODEL,
            api_key=SecretStr("key"),
            base_url=url,
            options=ProviderOptions(retry=retry, patience=patience, breaker=Breaker(threshold=1000)),
        )
        await provider.initialize()
        choice = ModelChoice(
            provider=provider, model=MODEL, price=PRICE, max_context_tokens=window, max_output_tokens=4096
        )
        purse = purse or Purse()
        scope = Scope(name="task:t", cap_usd=Decimal(1), cap_tokens=None)
        loop = ToolLoop(OneModel(choice), purse, lambda: (scope,))
        yield Stage(loop, model, Tree(directory, Bubblewrap(), AgentSetting()), purse)
        await provider.dispose()


def end(events: Sequence[AgentEvent]) -> AgentFinished:
    """Answer the last report, which is always the end."""
    assert isinstance(events[-1], AgentFinished)
    assert not any(isinstance(event, AgentFinished) for event in events[:-1])
    return events[-1]


def results(events: Sequence[AgentEvent]) -> list[str]:
    """List what the tools gave back."""
    return [event.content for event in events if isinstance(event, ToolFinished)]


async def test_agent_edits_in_the_sandbox_and_hands_in_a_result(tmp_path: Path) -> None:
    """The straight way: look, edit, test, finish."""
    turns = [
        call("search", pattern="return a"),
        edit("a.py", "a - b", "a + b"),
        bash("python3 -c 'import a; print(a.add(2, 3))'"),
        call("run_tests", selection=["x"]),
        finish(answer=5),
    ]
    async with staged(tmp_path, turns) as stage:
        events = await stage.run()
    assert end(events).result == {"answer": 5}
    assert (stage.tree.root / "a.py").read_text() == "def add(a, b):\n    return a + b\n"
    assert results(events)[0].startswith("./a.py:2:") or results(events)[0].startswith("a.py:2:")
    assert results(events)[2].startswith("5\n[exit code 0")
    assert results(events)[3] == "ran ['x']"


async def test_every_request_extends_the_one_before(tmp_path: Path) -> None:
    """Provider caches hit: nothing before the end of the last request ever changes."""
    async with staged(tmp_path, [*(bash(f"echo {number}") for number in range(8)), finish(answer=1)]) as stage:
        await stage.run()
    assert len(stage.model.requests) == 9
    assert stage.model.not_extending() == 0
    assert stage.model.cached_share() > 0.5


async def test_interrupted_run_goes_on_with_the_same_bytes(tmp_path: Path) -> None:
    """A run that was cut off sends, after its restart, what it would have sent without."""
    turns = [bash("echo 1"), bash("echo 2"), finish(answer=1)]
    async with staged(tmp_path, turns) as stage:
        whole = await stage.run()
        first = [recorded.body for recorded in stage.model.requests]
        again = await stage.run(checkpoint=whole[:4])
        second = [recorded.body for recorded in stage.model.requests[len(first) :]]
    assert end(again).result == {"answer": 1}
    assert second == first[2:]


async def test_lost_result_of_a_call_is_said_not_guessed(tmp_path: Path) -> None:
    """After a crash between a call and its result the model is told to look."""
    async with staged(tmp_path, [bash("echo 1"), finish(answer=1)]) as stage:
        whole = await stage.run()
        again = await stage.run(checkpoint=whole[:1])
    assert results(again) == [INTERRUPTED]
    assert end(again).reason is FinishReason.DONE


async def test_read_only_agent_changes_nothing(tmp_path: Path) -> None:
    """Analysis and plan cannot write, neither by tools nor by the shell."""
    turns = [bash("echo x > a.py"), unfit(edit("a.py", "a - b", "a + b")), finish(answer=1)]
    async with staged(tmp_path, turns) as stage:
        events = await stage.run(writable=False)
    assert "Read-only file system" in results(events)[0]
    assert "there is no tool `edit_file`" in results(events)[1]
    assert (stage.tree.root / "a.py").read_text().endswith("a - b\n")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Answer(tools=(AskedTool(name="bash", raw='{"command": '),)), "not valid JSON"),
        (unfit(call("bash", command=["a", 1])), "command:"),
        (unfit(call("nonsense")), "there is no tool `nonsense`"),
        (call("edit_file", path="a.py", old="zzz", new=""), "does not occur"),
        (call("edit_file", path="a.py", old="a", new=""), "occurs 3 times"),
        (call("edit_file", path="../x", old="", new="x"), "not inside the workspace"),
        (call("read_file", path="nope.py"), "cannot open `nope.py`"),
        (unfit(finish(answer="many")), "answer:"),
    ],
)
async def test_wrong_calls_are_answered_so_that_the_model_can_mend_them(tmp_path: Path, bad: Turn, said: str) -> None:
    """Nothing a model sends ends the run by an exception."""
    async with staged(tmp_path, [bad, finish(answer=1)]) as stage:
        events = await stage.run()
    assert said in results(events)[0]
    assert end(events).reason is FinishReason.DONE


async def test_edit_that_breaks_the_syntax_is_told_at_once(tmp_path: Path) -> None:
    """The model hears of a broken file before it goes on."""
    async with staged(tmp_path, [edit("a.py", "a - b", "a - )"), finish(answer=1)]) as stage:
        events = await stage.run()
    assert "no longer parses" in results(events)[0]
    assert "SyntaxError" in results(events)[0]


async def test_answers_without_a_call_end_the_run_after_three(tmp_path: Path) -> None:
    """Talk is fed back, not waited for without end."""
    async with staged(tmp_path, [Answer(text="Let me think.")]) as stage:
        events = await stage.run()
    assert end(events).reason is FinishReason.FORMAT_ERRORS
    assert len(stage.model.requests) == 3


async def test_repetition_is_nudged_once_and_then_stopped(tmp_path: Path) -> None:
    """An agent that goes in circles costs a bounded number of calls."""
    async with staged(tmp_path, [bash("ls nowhere")]) as stage:
        events = await stage.run()
    assert end(events).reason is FinishReason.STUCK
    assert sum(getattr(event, "text", "") == NUDGE for event in events) == 1
    assert len(stage.model.requests) == 5


@pytest.mark.parametrize(
    ("limits", "reason", "calls"),
    [
        (Limits(steps=3), FinishReason.STEP_LIMIT, 3),
        (Limits(cost_usd=Decimal(0)), FinishReason.COST_LIMIT, 0),
        (Limits(tokens=1), FinishReason.TOKEN_LIMIT, 1),
        (Limits(wall_s=0.0), FinishReason.TIME_LIMIT, 0),
    ],
)
async def test_limits_are_checked_before_each_call(
    tmp_path: Path, limits: Limits, reason: FinishReason, calls: int
) -> None:
    """A limit that is reached sends nothing more."""
    async with staged(tmp_path, [lambda _: bash("date +%N")]) as stage:
        events = await stage.run(limits=limits)
    assert end(events).reason is reason
    assert len(stage.model.requests) == calls


async def test_budget_is_reserved_before_and_settled_after_each_call(tmp_path: Path) -> None:
    """What is set aside is never less than what the call then costs; a cap stops the next call."""
    purse = Purse(cap_usd=Decimal("0.0005"))
    async with staged(tmp_path, [lambda _: bash("date +%N")], purse=purse) as stage:
        events = await stage.run()
    assert end(events).reason is FinishReason.COST_LIMIT
    assert "cap of" in end(events).detail
    pairs = list(zip(purse.reserved, purse.settled, strict=True))
    assert pairs
    assert all((a.usd or 0) >= (b.usd or 0) and a.tokens >= b.tokens for a, b in pairs)


async def test_failed_call_costs_nothing_and_can_be_tried_again(tmp_path: Path) -> None:
    """A server that is down raises what the engine retries, and the reservation is given back."""
    async with staged(
        tmp_path,
        [HttpFailure(status=529, body={"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})],
    ) as stage:
        with pytest.raises(Unavailable):
            await stage.run()
    assert [amount.tokens for amount in stage.purse.settled] == [0]


async def cost_of(data: Path, *replies: Reply) -> tuple[Amount, Amount]:
    """Answer what is set aside and what is spent when a call is replied to in this way."""
    left = list(replies)
    async with staged(data, [lambda _: left.pop(0)]) as stage:
        with suppress(TruncatedStream):
            await stage.run()
        assert not left
        return stage.purse.reserved[0], stage.purse.settled[0]


async def test_answers_that_are_lost_before_their_first_word_are_paid_for(tmp_path: Path) -> None:
    """The vendor read what was asked, each time, and bills it whether or not an answer comes at last."""
    cut = Broken(how="abrupt", after_events=1)
    worst, whole = await cost_of(tmp_path / "whole", finish(answer=1))
    _, late = await cost_of(tmp_path / "late", cut, finish(answer=1))
    _, never = await cost_of(tmp_path / "never", cut, cut)
    read = worst.tokens - 4096
    assert (late.tokens - whole.tokens, never.tokens) == (read, 2 * read)
    assert late.usd is not None
    assert whole.usd is not None
    assert (late.usd - whole.usd, never.usd) == (Decimal(read) / 1_000_000, Decimal(2 * read) / 1_000_000)


async def test_full_window_masks_old_output_and_then_hands_over(tmp_path: Path) -> None:
    """A long run goes on in a small window, and the task is never lost."""

    def next_turn(request: dict[str, object]) -> Reply:
        if request.get("tool_choice") == {"type": "none"}:
            return Answer(text="Done so far: much.")
        return bash(f"head -c 9000 /dev/urandom | base64 -w 100 | head -n 80; echo {len(str(request))}")

    async with staged(tmp_path, [next_turn], window=24_000) as stage:
        events = await stage.run(limits=Limits(steps=30))
    kinds = [getattr(event, "method", "") for event in events]
    assert "masked" in kinds or "summarised" in kinds
    assert end(events).reason is FinishReason.STEP_LIMIT
    assert all("the task" in str(recorded.json["messages"]) for recorded in stage.model.requests)
    assert max(len(recorded.body) for recorded in stage.model.requests) < 3 * 24_000


async def test_output_is_cut_in_the_middle_with_the_count(tmp_path: Path) -> None:
    """A flood of output costs a bounded number of tokens."""
    async with staged(tmp_path, [bash("seq 1 100000"), finish(answer=1)]) as stage:
        events = await stage.run()
    assert "characters left out" in results(events)[0]
    assert len(results(events)[0]) < 11_000


async def test_command_sees_no_key_and_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the host's environment holds is not there inside."""
    monkeypatch.setenv("CANARY_TOKEN", "tamma-canary-0123456789")
    look = bash("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; (echo > /dev/tcp/127.0.0.1/22) 2>&1 | tail -1")
    async with staged(tmp_path, [look, finish(answer=1)]) as stage:
        events = await stage.run()
    assert "tamma-canary" not in results(events)[0]
    assert "HOME=/tmp" in results(events)[0]
