"""Serve one scripted model to whichever agent asks, without latency, and count what it was sent.

A process of its own: a line of JSON on standard input (`{"turns": 45, "output_chars": 500}`) begins a new script; an
empty line answers, as a line of JSON, what was counted since. The end of standard input ends it.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from itertools import pairwise

from msgspec.structs import asdict
from pydantic import JsonValue
from starlette.responses import JSONResponse, Response
from tamma_core.agent import prompts
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_providers.testing.anthropic import ScriptedAnthropic, output_tokens
from tamma_providers.testing.prompt_cache import Counted, PromptCache, extends
from tamma_providers.testing.replies import Answer, AskedTool, Reply
from tamma_providers.testing.scripted import Recorded
from tamma_providers.testing.serving import serving

from bench.meaning import changed, plain

SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
FILE = "README.md"
ANALYSIS: JsonObject = {"summary": "Nothing is wrong.", "complexity": "low", "files": [FILE], "questions": []}
PLAN: JsonObject = {"summary": "Look around.", "steps": ["Look."], "files": [FILE], "tests": [], "reproduction": "none"}
REVIEW: JsonObject = {"summary": "Good.", "objections": []}


@dataclass(slots=True)
class Script:
    """Say the same turns to every agent: so many commands, then the end."""

    turns: int = 5
    output_chars: int = 500
    first: str = ""
    """A command to begin with, where one is to change something."""
    said: int = 0

    def respond(self, asked: JsonObject) -> Reply:
        """Answer by what the request shows: whose it is, and of which step."""
        if "finish" not in _tools(asked):
            return self._turn(AskedTool(name="bash", arguments={"command": SUBMIT}))
        if asked.get("tool_choice") == {"type": "none"}:
            return Answer(text="Done so far: looked around. Next: look further.")
        for prompt, result in ((prompts.ANALYSE, ANALYSIS), (prompts.PLAN, PLAN), (prompts.REVIEW, REVIEW)):
            if _begins(asked, prompt):
                return Answer(tools=(AskedTool(name="finish", arguments=result),))
        return self._turn(AskedTool(name="finish", arguments={"summary": "Nothing to change."}))

    def _turn(self, last: AskedTool) -> Answer:
        if self.said >= self.turns:
            return Answer(text="That is all.", tools=(last,))
        self.said += 1
        command = f"echo turn {self.said}; head -c {self.output_chars} {FILE}"
        if self.first and self.said == 1:
            command = self.first
        text = f"Turn {self.said}: look at the next part of the file before anything is decided."
        return Answer(text=text, tools=(AskedTool(name="bash", arguments={"command": command}),))


class Counts(Record, frozen=True, kw_only=True):
    """Count the requests of the turns; those of analysis and plan are not among them."""

    turns: int
    requests: int
    not_extending: int
    """Requests that do not extend the one before byte for byte."""
    changed_in_meaning: int
    """Requests whose history differs even when markers of the cache and ways of writing the same text are left out."""
    input_tokens: int
    cached_tokens: int


@dataclass
class Model(ScriptedAnthropic):
    """Answer also those who do not stream, as the vendor's server does."""

    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        super().__init__(self._play)

    def _play(self, asked: JsonObject) -> Reply:
        """Answer by the present script, which changes."""
        return self.script.respond(asked)

    def count(self, asked: JsonObject) -> Counted:
        """Count as the vendor does, to whom a text and a list of one text are the same."""
        return super().count(plain(asked))

    def begin(self, script: Script) -> None:
        """Forget everything, and play another script."""
        self.script = script
        self.requests.clear()
        self._cache = PromptCache()

    def counts(self) -> Counts:
        """Count what was sent since the script began."""
        sent = [item for item in self.requests if not _short(item.json)]
        bodies = [item.body for item in sent]
        return Counts(
            turns=self.script.said,
            requests=len(sent),
            not_extending=_not_extending(bodies),
            changed_in_meaning=changed([item.json for item in sent]),
            input_tokens=sum(item.counted.total for item in sent),
            cached_tokens=sum(item.counted.read for item in sent),
        )

    def _response(self, reply: Reply, asked: JsonObject, counted: Counted) -> Response:
        if asked.get("stream") or not isinstance(reply, Answer):
            return super()._response(reply, asked, counted)
        return JSONResponse(_whole(reply, asked, counted, self.requests))


def _not_extending(bodies: list[bytes]) -> int:
    return sum(not extends(earlier, later) for earlier, later in pairwise(bodies))


def _whole(answer: Answer, asked: JsonObject, counted: Counted, requests: list[Recorded]) -> JsonObject:
    """Write an answer that is not streamed."""
    number = len(requests)
    calls: list[JsonValue] = [
        {"type": "tool_use", "id": f"toolu_{number:06}_{index}", "name": tool.name, "input": tool.arguments}
        for index, tool in enumerate(answer.tools)
    ]
    return {
        "id": f"msg_{number:06}",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": [{"type": "text", "text": answer.text}, *calls],
        "stop_reason": "tool_use" if calls else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": counted.fresh,
            "cache_read_input_tokens": counted.read,
            "cache_creation_input_tokens": counted.written,
            "output_tokens": output_tokens(answer),
        },
    }


def _tools(asked: JsonObject) -> set[str]:
    tools = asked.get("tools")
    return {str(tool["name"]) for tool in tools if isinstance(tool, dict)} if isinstance(tools, list) else set()


def _begins(asked: JsonObject, prompt: str) -> bool:
    return json.dumps(prompt)[1:60] in json.dumps(asked["messages"])[:1000]


def _short(asked: JsonObject) -> bool:
    return any(_begins(asked, prompt) for prompt in (prompts.ANALYSE, prompts.PLAN, prompts.REVIEW))


async def main() -> None:
    """Serve until standard input ends."""
    model = Model()
    async with serving(model.app) as url:
        print(json.dumps(url), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                model.begin(Script(**json.loads(line)))
            print(json.dumps(asdict(model.counts())), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
