"""The rehearsed model looks at what it is sent."""

from tamma_cli.demo.rehearsal import rehearsed
from tamma_core.agent import prompts
from tamma_core.domain.messages import JsonObject
from tamma_providers.testing.replies import Answer


def asked(task: str, *results: str) -> JsonObject:
    """Make a request in which the tools gave back these results."""
    blocks: list[JsonObject] = []
    for number, result in enumerate(results):
        blocks.append(
            {"role": "assistant", "content": [{"type": "tool_use", "id": f"t{number}", "name": "x", "input": {}}]}
        )
        blocks.append(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{number}", "content": result}]}
        )
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": task}]}, *blocks]}


def answered(request: JsonObject) -> Answer:
    """Ask the model."""
    reply = rehearsed(request)
    assert isinstance(reply, Answer)
    return reply


def test_it_reads_the_file_that_the_search_found() -> None:
    """The path comes from the result, not from memory."""
    found = "./elsewhere/bill.py:7:def split_evenly(total, people):"
    (call,) = answered(asked(prompts.ANALYSE, found)).tools
    assert (call.name, call.arguments) == ("read_file", {"path": "elsewhere/bill.py"})


def test_what_it_did_not_expect_stops_it() -> None:
    """It says so, calls no tool, and pretends nothing."""
    for request in (
        asked(prompts.ANALYSE, "[no match]"),
        asked(prompts.IMPLEMENT + "\nFiles: a.py, tests/t.py", "", "edited t", "9 passed in 0.1 s"),
        asked("Something else altogether"),
        asked(prompts.REVIEW + "\nan empty diff"),
    ):
        answer = answered(request)
        assert answer.tools == ()
        assert "not what I rehearsed" in answer.text


def test_red_tests_at_the_end_are_not_called_green() -> None:
    """The last run decides whether it finishes."""
    task = prompts.IMPLEMENT + "\nFiles: a.py, tests/t.py"
    before = ("", "edited", "1 failed test_the_shares_add_up_to_the_bill", "", "edited")
    assert answered(asked(task, *before, "`x`: 8 passed, 1 failed in 0.1 s")).tools == ()
    (call,) = answered(asked(task, *before, "`x`: 9 passed in 0.1 s")).tools
    assert call.name == "finish"
