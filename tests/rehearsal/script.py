"""Say what a scripted model does in each role, turn by turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from tamma_core.agent import prompts
from tamma_core.domain.messages import JsonObject
from tamma_providers.testing.replies import Answer, AskedTool, Broken, HttpFailure, Reply

Request = dict[str, Any]
Respond = Callable[[Request], Reply]
Turn = Reply | Respond
_RETRY_MARK = "An earlier attempt failed"


def call(name: str, **arguments: object) -> Answer:
    """Answer with one tool call."""
    known: Any = arguments
    return Answer(tools=(AskedTool(name=name, arguments=known),))


def unfit(answer: Answer) -> Answer:
    """Answer with calls that are no good, since that is the story."""
    return replace(answer, tools=tuple(replace(tool, unfit=True) for tool in answer.tools))


def bash(command: str) -> Answer:
    """Answer with a shell command."""
    return call("bash", command=command)


def edit(path: str, old: str, new: str) -> Answer:
    """Answer with an exact edit; an empty `old` makes the file."""
    return call("edit_file", path=path, old=old, new=new)


def finish(**result: object) -> Answer:
    """Answer by handing in a result."""
    return call("finish", **result)


def analysed(*files: str, summary: str = "The defect is in the named files.") -> Answer:
    """Hand in an analysis."""
    return finish(summary=summary, complexity="low", files=list(files))


def planned(*files: str, tests: Sequence[str] = ()) -> Answer:
    """Hand in a plan."""
    return finish(
        summary="Repair the defect where it is.",
        steps=["show the defect by a test", "repair it"],
        files=list(files),
        tests=list(tests),
        reproduction="the new test",
    )


def implemented(summary: str = "Repaired the defect and added a test that shows it.") -> Answer:
    """Hand in the change."""
    return finish(summary=summary)


def reviewed(*objections: str) -> Answer:
    """Hand in a review."""
    return finish(summary="Read it against the issue.", objections=list(objections))


@dataclass(slots=True)
class Script:
    """Hold the turns of each role; the last turn of a list is repeated.

    `attempts` holds the turns of the first attempt, of the second, and so on; the last is repeated.
    """

    analyse: Sequence[Turn]
    plan: Sequence[Turn]
    attempts: Sequence[Sequence[Turn]]
    review: Sequence[Turn] = field(default_factory=lambda: [reviewed()])

    def __call__(self, request: JsonObject) -> Reply:
        """Answer a request of either dialect by its role and by how often the model has answered already."""
        asked: Request = dict(request)
        turns = self.turns(first_text(asked))
        # A call whose result was lost is made again, as a careful model would after a look.
        lost = sum(_text(message["content"]).count(prompts.INTERRUPTED) for message in asked["messages"])
        number = sum(message["role"] == "assistant" for message in asked["messages"]) - lost
        turn = turns[min(number, len(turns) - 1)]
        return turn if isinstance(turn, Answer | HttpFailure | Broken) else turn(asked)

    def turns(self, task: str) -> Sequence[Turn]:
        """Answer the turns of the role that a task is given in."""
        if task.startswith(prompts.ANALYSE):
            return self.analyse
        if task.startswith(prompts.PLAN):
            return self.plan
        if task.startswith(prompts.REVIEW):
            return self.review
        if _RETRY_MARK in task:
            return self.attempts[min(1, len(self.attempts) - 1)]
        return self.attempts[0]


def first_text(request: Request) -> str:
    """Read the task from the first message of the user, in either dialect."""
    message = next(message for message in request["messages"] if message["role"] == "user")
    return _text(message["content"])


def last_result(request: Request) -> str:
    """Read what the last tool gave back, in either dialect."""
    message = request["messages"][-1]
    if message["role"] == "tool":
        return _text(message["content"])
    return "\n".join(_text(part.get("content", "")) for part in message["content"] if part["type"] == "tool_result")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") or _text(part.get("content", "")) for part in content)
