"""Tell tool calls apart that a model gave the same id."""

from collections.abc import Iterable

from msgspec.structs import replace

from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import Block, Message, ToolCall


def told_apart(message: Message, taken: Iterable[CallId]) -> Message:
    """Give each call an id of its own: vendors refuse a history in which two bear one, or none, for good."""
    known = {CallId(""), *taken}
    blocks: list[Block] = []
    for block in message.blocks:
        if isinstance(block, ToolCall):
            if block.id in known:
                block = replace(block, id=_free(block.id, known))  # noqa: PLW2901 - the same call under another name
            known.add(block.id)
        blocks.append(block)
    return replace(message, blocks=tuple(blocks))


def _free(name: CallId, known: set[CallId]) -> CallId:
    number = len(known)
    while (free := CallId(f"{name or 'call'}-{number}")) in known:
        number += 1
    return free
