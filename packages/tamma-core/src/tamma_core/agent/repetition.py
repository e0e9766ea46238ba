"""Notice when an agent goes round in circles."""

import hashlib
import json
from collections import Counter, deque
from typing import Literal

from tamma_core.domain.agent import AgentEvent, ModelAnswered, ToolFinished
from tamma_core.domain.ids import CallId

WINDOW = 12
NUDGE_AT = 3
STOP_AT = 5


class Repetition:
    """Count equal actions with equal results among the last few; also catches short cycles of them."""

    def __init__(self) -> None:
        self._calls: dict[CallId, str] = {}
        self._recent: deque[str] = deque(maxlen=WINDOW)
        self.nudged = False

    def add(self, event: AgentEvent) -> None:
        """Take one report into account."""
        if isinstance(event, ModelAnswered):
            self._calls = {
                call.id: f"{call.name} {json.dumps(call.arguments, sort_keys=True)}"
                for call in event.message.tool_calls
            }
        elif isinstance(event, ToolFinished):
            seen = f"{self._calls.get(event.call_id, event.name)}\0{_without_times(event.content)}"
            self._recent.append(hashlib.sha256(seen.encode(errors="replace")).hexdigest())

    def verdict(self) -> Literal["fine", "nudge", "stop"]:
        """Tell whether to go on, to say something once, or to stop."""
        most = max(Counter(self._recent).values(), default=0)
        if most >= STOP_AT:
            return "stop"
        return "nudge" if most >= NUDGE_AT and not self.nudged else "fine"


def _without_times(content: str) -> str:
    """Leave out the line that tells exit code and seconds, which differ between equal results."""
    body, _, last = content.rpartition("\n")
    return body if last.startswith("[") else content
