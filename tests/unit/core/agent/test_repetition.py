"""Noticing that an agent goes round in circles."""

from tamma_core.agent.repetition import NUDGE_AT, STOP_AT, Repetition
from tamma_core.domain.agent import ModelAnswered, ToolFinished
from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import Message, ToolCall
from tamma_core.domain.usage import Usage


def act(repetition: Repetition, command: str, content: str) -> None:
    """Have one call made and answered."""
    call = ToolCall(CallId("c"), "bash", {"command": command})
    repetition.add(
        ModelAnswered(
            message=Message("assistant", (call,)), model="m", usage=Usage(), cost_usd=None, stop_reason="tool_calls"
        )
    )
    repetition.add(ToolFinished(call_id=call.id, name="bash", content=content, is_error=False, seconds=0.0))


def test_same_action_with_same_result_is_nudged_then_stopped() -> None:
    """One word of advice, then an end."""
    repetition = Repetition()
    verdicts = []
    for _ in range(STOP_AT):
        act(repetition, "make", "error\n[exit code 2, 0.3 s]")
        verdicts.append(repetition.verdict())
        repetition.nudged = repetition.nudged or verdicts[-1] == "nudge"
    assert verdicts == ["fine"] * (NUDGE_AT - 1) + ["nudge"] + ["fine"] * (STOP_AT - NUDGE_AT - 1) + ["stop"]


def test_same_action_with_changing_results_is_work() -> None:
    """Running the tests again and again is how programs get written."""
    repetition = Repetition()
    for number in range(10):
        act(repetition, "make", f"{number} failures\n[exit code 2, 0.3 s]")
    assert repetition.verdict() == "fine"


def test_different_duration_is_the_same_result() -> None:
    """The line with the seconds does not make a result new."""
    repetition = Repetition()
    for number in range(STOP_AT):
        act(repetition, "make", f"error\n[exit code 2, {number}.3 s]")
    assert repetition.verdict() == "stop"


def test_alternating_actions_are_a_circle_too() -> None:
    """Two actions that undo each other lead nowhere."""
    repetition = Repetition()
    for _ in range(STOP_AT):
        act(repetition, "do", "done")
        act(repetition, "undo", "undone")
    assert repetition.verdict() == "stop"
