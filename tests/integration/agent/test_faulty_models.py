"""Models that fail in the middle of what they say, or say what makes no sense: what they ask for happens once."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from integration.agent.test_loop import Stage, end, results, staged
from rehearsal.script import Request, edit, finish
from tamma_core.domain.agent import AgentEvent, ModelAnswered
from tamma_core.domain.errors import Retryable
from tamma_core.domain.task import Limits
from tamma_providers.options import Patience
from tamma_providers.testing.replies import Answer, AskedTool, Broken, Reply

EVENTS = 10
"""More than the answers below have."""


def after(broken: Broken, answer: Answer) -> Callable[[Request], Reply]:
    """Fail once, then answer."""
    replies: list[Reply] = [broken, answer]
    return lambda _: replies.pop(0) if len(replies) > 1 else answer


async def persist(stage: Stage) -> list[AgentEvent]:
    """Run to the end, going on after each failure with what was reported before it, as an engine does."""
    done: list[AgentEvent] = []
    while True:
        try:
            async for event in stage.loop.run(stage.brief(), stage.tree, Limits(), tuple(done)):
                done.append(event)  # noqa: PERF401 - what came before a failure is kept
        except Retryable:
            continue
        return done


@pytest.mark.parametrize("how", ["abrupt", "clean", "stall", "error"])
async def test_a_stream_that_fails_after_any_event(
    tmp_path: Path, how: Literal["abrupt", "clean", "stall", "error"]
) -> None:
    """Cut, ended early, stalled or in error after each of its events: nothing of such an answer is done, all of the next is."""
    turns = []
    for number in range(EVENTS):
        answer = edit(f"made-{number}.txt", "", "once\n")
        turns.append(after(Broken(how=how, after_events=number, answer=answer), answer))
    async with staged(tmp_path, [*turns, finish(answer=1)], patience=Patience(first_event_s=0.5, idle_s=0.5)) as stage:
        events = await persist(stage)
        assert end(events).result == {"answer": 1}
        assert sum(isinstance(event, ModelAnswered) for event in events) == EVENTS + 1
        assert all("exists" not in result for result in results(events))
        assert {path.read_text() for path in stage.tree.root.glob("made-*")} == {"once\n"}
        assert len(list(stage.tree.root.glob("made-*"))) == EVENTS


async def test_calls_of_one_id_are_told_apart(tmp_path: Path) -> None:
    """Each call has a result of its own, also where the model names two alike, or like an earlier one, or not at all."""

    def twice(name: str, word: str) -> Answer:
        calls = (AskedTool(name="bash", arguments={"command": f"echo {word}{part}"}, id=name) for part in "ab")
        return Answer(tools=tuple(calls))

    async with staged(tmp_path, [twice("same", "one"), twice("same", "two"), finish(answer=1)]) as stage:
        events = await stage.run()
    assert [result.split()[0] for result in results(events)] == ["onea", "oneb", "twoa", "twob"]
    messages = stage.model.requests[-1].json["messages"]
    assert isinstance(messages, list)
    blocks = [block for message in messages if isinstance(message, dict) for block in list_of(message["content"])]
    asked = [block["id"] for block in blocks if block["type"] == "tool_use"]
    answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    assert asked == answered
    assert len(set(asked)) == 4


def list_of(content: object) -> list[dict[str, object]]:
    """Answer the blocks of a message."""
    assert isinstance(content, list)
    return content


async def test_a_result_beside_other_calls_ends_the_run(tmp_path: Path) -> None:
    """An answer that hands in and goes on at once says two things: what stands first counts, what follows is not done."""
    late = edit("late.txt", "", "late").tools
    async with staged(tmp_path, [Answer(tools=(*finish(answer=1).tools, *late))]) as stage:
        assert end(await stage.run()).result == {"answer": 1}
        assert not (stage.tree.root / "late.txt").exists()


async def test_an_answer_without_end_is_cut_off(tmp_path: Path) -> None:
    """A megabyte of words are no danger to memory, and count as an answer without a call."""
    flood = Answer(text="blah " * 200_000, piece_chars=65_536)
    async with staged(tmp_path, [flood, finish(answer=1)], window=10_000_000) as stage:
        assert end(await stage.run()).result == {"answer": 1}
