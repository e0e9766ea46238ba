"""The history that a model is sent."""

import itertools

from tamma_core.agent.conversation import Conversation
from tamma_core.domain.agent import AgentEvent, ContextCompacted, FeedbackGiven, ModelAnswered, ToolFinished
from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import Message, Text, ToolCall, ToolResult
from tamma_core.domain.usage import Usage


def answered(*calls: str) -> ModelAnswered:
    """Make an answer that calls a tool once for each id."""
    blocks = tuple(ToolCall(CallId(call), "bash", {"command": call}) for call in calls)
    return ModelAnswered(
        message=Message("assistant", blocks or (Text("hm"),)),
        model="m",
        usage=Usage(),
        cost_usd=None,
        stop_reason="tool_calls",
    )


def finished(call: str, content: str = "ok") -> ToolFinished:
    """Make the report of a call that ran."""
    return ToolFinished(call_id=CallId(call), name="bash", content=content, is_error=False, seconds=0.1)


def grown(*events: AgentEvent) -> Conversation:
    """Grow a conversation by reports."""
    conversation = Conversation("the task")
    for event in events:
        conversation.add(event)
    return conversation


def test_each_request_extends_the_last_one() -> None:
    """Caches of providers hit only when the prefix stays the same."""
    conversation = Conversation("the task")
    sent = []
    for number in range(4):
        sent.append(conversation.messages)
        conversation.add(answered(str(number)))
        conversation.add(finished(str(number)))
    assert all(later[: len(earlier)] == earlier for earlier, later in itertools.pairwise(sent))


def test_results_of_one_answer_travel_in_one_message() -> None:
    """Providers refuse a history in which a call has no result in the very next message."""
    messages = grown(answered("a", "b"), finished("a"), finished("b")).messages
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert [type(block) for block in messages[-1].blocks] == [ToolResult, ToolResult]


def test_calls_without_result_are_known_after_a_restart() -> None:
    """A call whose result was lost can be answered when the run goes on."""
    assert [call.id for call in grown(answered("a", "b"), finished("a")).open_calls] == ["b"]


def test_masking_removes_old_output_and_keeps_actions_and_recent_output() -> None:
    """Only what the model can fetch again is dropped."""
    events: list[AgentEvent] = []
    for number in range(6):
        events += [answered(str(number)), finished(str(number), "x" * 1000)]
    conversation = grown(*events, answered("last"))
    upto, freed = conversation.maskable(keep_recent=4)
    conversation.add(ContextCompacted(method="masked", upto=upto))
    results = [b for m in conversation.messages for b in m.blocks if isinstance(b, ToolResult)]
    assert freed > 0
    assert [len(result.content) > 500 for result in results] == [False] * 4 + [True] * 2
    assert sum(len(message.tool_calls) for message in conversation.messages) == 7


def test_summary_keeps_the_task_to_the_letter() -> None:
    """What was asked for survives every compaction."""
    conversation = grown(answered("a"), finished("a"), ContextCompacted(method="summarised", upto=2, summary="so far"))
    assert conversation.messages[0].text == "the task\n\nso far"
    assert len(conversation.messages) == 1


def test_feedback_is_sent_with_the_next_request() -> None:
    """What the loop says reaches the model."""
    assert (
        grown(answered(), FeedbackGiven(text="call a tool", reason="format_error")).messages[-1].text == "call a tool"
    )


def test_its_size_follows_what_is_in_it() -> None:
    """The size is kept beside the messages; after each way of changing them it is what counting them anew gives."""
    conversation = Conversation("the task")
    reports: list[AgentEvent] = [
        answered("a", "b"),
        finished("a", "x" * 900),
        FeedbackGiven(text="look again", reason="nudge"),
        finished("b", "y" * 700),
        answered("c"),
        ContextCompacted(method="masked", upto=3),
        finished("c", "z" * 500),
        ContextCompacted(method="summarised", upto=5, summary="so far"),
        answered("d"),
    ]
    for report in reports:
        conversation.add(report)
        assert conversation.estimate_tokens() == _characters(conversation.messages) // 3


def _characters(messages: tuple[Message, ...]) -> int:
    counted = 0
    for block in [block for message in messages for block in message.blocks]:
        if isinstance(block, ToolResult):
            counted += len(block.content)
        elif isinstance(block, ToolCall):
            counted += len(block.name) + len(str(block.arguments))
        else:
            counted += len(block.text)
    return counted
