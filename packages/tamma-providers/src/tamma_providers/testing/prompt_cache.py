"""Account for prompt caching as Anthropic does, and check that requests extend each other byte for byte."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tamma_core.domain.record import Record

_LOOK_BACK = 20
_BYTES_PER_TOKEN = 4


class Counted(Record, frozen=True):
    """Count the input of one request in tokens; the three parts do not overlap."""

    fresh: int
    read: int
    written: int

    @property
    def total(self) -> int:
        """Count the whole input."""
        return self.fresh + self.read + self.written


@dataclass(slots=True)
class PromptCache:
    """Remember the prefixes that were marked.

    A request reads the longest one it begins with, looked for up to 20 blocks before each of its breakpoints, and writes up to its last breakpoint.
    """

    known: set[bytes] = field(default_factory=set)

    def count(self, request: Mapping[str, Any]) -> Counted:
        """Count a request's input, and remember its marked prefixes."""
        prefixes: list[bytes] = []
        sizes: list[int] = []
        marks: list[int] = []
        running = hashlib.sha256()
        size = 0
        for block, marked in _blocks(request):
            running.update(block)
            size += len(block)
            prefixes.append(running.digest())
            sizes.append(max(1, size // _BYTES_PER_TOKEN))
            if marked:
                marks.append(len(prefixes) - 1)
        total = sizes[-1] if sizes else 0
        found = next((at for at in _candidates(marks) if prefixes[at] in self.known), None)
        read = sizes[found] if found is not None else 0
        last = sizes[marks[-1]] if marks else 0
        self.known.update(prefixes[mark] for mark in marks)
        return Counted(fresh=total - max(last, read), read=read, written=max(0, last - read))


def extends(earlier: bytes, later: bytes) -> bool:
    """Tell whether a request's body is an earlier one with messages added at the end, and no other byte changed."""
    if earlier == later:
        return True
    same = next((at for at, (a, b) in enumerate(zip(earlier, later, strict=False)) if a != b), len(earlier))
    rest = earlier[same:]
    return rest.startswith(b"]") and later[same:].startswith(b",") and later.endswith(rest)


def _candidates(marks: list[int]) -> Iterator[int]:
    seen: set[int] = set()
    for mark in reversed(marks):
        for at in range(mark, max(-1, mark - _LOOK_BACK - 1), -1):
            if at not in seen:
                seen.add(at)
                yield at


def _blocks(request: Mapping[str, Any]) -> Iterator[tuple[bytes, bool]]:
    """List the blocks in the order of the cache: tools, system, messages."""
    flat: list[dict[str, Any]] = [*request.get("tools", ())]
    system = request.get("system") or []
    flat += [{"type": "text", "text": system}] if isinstance(system, str) else system
    for message in request.get("messages", ()):
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
        flat += [{"role": message["role"], **part} for part in parts]
    for number, block in enumerate(flat):
        marked = "cache_control" in block or ("cache_control" in request and number == len(flat) - 1)
        plain = {key: value for key, value in block.items() if key != "cache_control"}
        yield json.dumps(plain, sort_keys=True).encode(), marked
