"""A model with faults: it does what its part's script says, but for noise, broken streams and refusals."""

import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from rehearsal.script import Request, Script, first_text
from tamma_core.agent import prompts
from tamma_core.domain.messages import JsonObject
from tamma_providers.testing.replies import Answer, AskedTool, Broken, HttpFailure, Reply

NOISE = "(noise)"
MOST_FAULTS = 2
"""So often the same request is spoiled, then it is answered."""
_PART = re.compile(r"part_(\d{3})")
_FLOOD = "head -c 5000000 /dev/zero | tr '\\0' x"


@dataclass(slots=True)
class FaultyModel:
    """Answer by the part that a request is about."""

    seed: int
    share: float
    scripts: Mapping[int, Script]
    faults: Counter[str] = field(default_factory=Counter)
    _asked: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: JsonObject) -> Reply:
        """Answer a request, or fail in one of the ways of models and of what stands before them."""
        asked: Request = dict(request)
        found = _PART.search(first_text(asked))
        assert found, "a prompt says what it is about"
        number = int(found[1])
        same = f"{number} {first_text(asked)[:24]} {len(asked['messages'])}"
        self._asked[same] += 1
        draw = Random(f"{self.seed} model {same} {self._asked[same]}")
        reply = self._scripted(number, asked)
        if draw.random() >= self.share or self._asked[same] > MOST_FAULTS:
            return reply
        name, spoiled = draw.choice(_faults(draw, reply))
        self.faults[name] += 1
        return spoiled

    def _scripted(self, number: int, asked: Request) -> Reply:
        turns = self.scripts[number].turns(first_text(asked))
        turn = turns[min(_meant(asked), len(turns) - 1)]
        return turn if isinstance(turn, Answer | HttpFailure | Broken) else turn(asked)


def _meant(asked: Request) -> int:
    """Count the answers that were meant and whose results came back: what was lost is done again."""
    messages = [(message["role"], str(message["content"])) for message in asked["messages"]]
    followed = itertools.pairwise(messages)
    return sum(
        role == "assistant" and NOISE not in said and prompts.INTERRUPTED[:40] not in heard
        for (role, said), (_, heard) in followed
    )


def _faults(draw: Random, reply: Reply) -> list[tuple[str, Reply]]:
    answer = reply if isinstance(reply, Answer) else Answer(text="So far.")
    events = draw.randrange(8)
    overloaded: Any = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    return [
        ("overloaded", HttpFailure(status=529, body=overloaded)),
        ("rate limited", HttpFailure(status=429, body=overloaded, headers={"retry-after": "1"})),
        ("a proxy's page", HttpFailure(status=502, body="<html>bad gateway</html>")),
        ("error in the stream", Broken(how="error", after_events=events, answer=answer, body=overloaded)),
        ("stream cut off", Broken(how="abrupt", after_events=events, answer=answer)),
        ("stream ends early", Broken(how="clean", after_events=events, answer=answer)),
        ("stream stalls", Broken(how="stall", after_events=events, answer=answer)),
        ("no tool call", Answer(text=f"{NOISE} All done, everything is green!")),
        ("nothing at all", Answer()),
        ("too much", Answer(text=f"{NOISE} {'blah ' * 12_000}")),
        ("arguments that are no JSON", _call(AskedTool(name="bash", raw='{"command": "ls'))),
        ("arguments of another kind", _call(AskedTool(name="bash", arguments={"command": ["ls", 3]}, unfit=True))),
        ("a tool that there is not", _call(AskedTool(name="merge_now", arguments={"force": True}, unfit=True))),
        ("two calls of one name", _call(_ls("twin"), _ls("twin"))),
        ("a flood", _call(AskedTool(name="bash", arguments={"command": _FLOOD}))),
    ]


def _ls(name: str) -> AskedTool:
    return AskedTool(name="bash", arguments={"command": "ls"}, id=name)


def _call(*tools: AskedTool) -> Answer:
    return Answer(text=NOISE, tools=tools)
