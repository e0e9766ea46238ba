"""Read a request of an agent, and let pass only what can be counted and reaches nobody but the model."""

import json
from collections.abc import Iterator
from typing import Any

from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record

from tamma_providers.gateway.dialect import ASKED_OUTPUT_TOKENS, Wire

LONGEST_BODY = 32 << 20
_BYTES_PER_TOKEN = 3


class Refused(Exception):
    """The gateway does not pass this on; `status` and `kind` say how to tell the agent."""

    def __init__(self, text: str, *, status: int = 400, kind: str = "request") -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.kind = kind


class Asked(Record, frozen=True, kw_only=True):
    """Hold a request that may pass, and what it can cost at most."""

    body: JsonObject
    model: str
    streams: bool
    input_tokens: int
    output_tokens: int


def read_asked(raw: bytes, wire: Wire, models: frozenset[str], most_output: int) -> Asked:
    """Read a request and bound its answer; raise `Refused`."""
    body = _parsed(raw)
    unknown = sorted(set(body) - wire.fields)
    if unknown:
        raise Refused(f"`{unknown[0][:60]}` does not pass through Tamma's gateway")
    model = body.get("model")
    if not isinstance(model, str) or model not in models:
        raise Refused(f"the task may use the models {', '.join(sorted(models))} only", status=404, kind="model")
    _check_tools(body.get("tools"), wire)
    for block in _blocks(body.get("messages")):
        _check_block(block, wire)
    for block in _blocks([{"content": body.get("system")}]):
        _check_block(block, wire)
    output = _bound(body, wire, most_output)
    return Asked(
        body=body,
        model=model,
        streams=body.get("stream") is True,
        input_tokens=len(raw) // _BYTES_PER_TOKEN + 1,
        output_tokens=output,
    )


def _parsed(raw: bytes) -> JsonObject:
    if len(raw) > LONGEST_BODY:
        raise Refused(f"a request of more than {LONGEST_BODY >> 20} MB does not pass", status=413)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused("the request is not JSON") from None
    if not isinstance(body, dict):
        raise Refused("the request is not a JSON object")
    return body


def _bound(body: JsonObject, wire: Wire, most: int) -> int:
    """Answer the largest output that is asked for; more than the model gives is lowered, or too much would be set aside."""
    said = [body[name] for name in wire.output_fields if name in body]
    if not said:
        body[wire.output_fields[0]] = most or ASKED_OUTPUT_TOKENS
        return most or ASKED_OUTPUT_TOKENS
    if not all(isinstance(value, int) and not isinstance(value, bool) and value > 0 for value in said):
        raise Refused(f"`{wire.output_fields[0]}` is not a number of tokens")
    bounded = [min(value, most or value) for value in said if isinstance(value, int)]
    body.update(zip((name for name in wire.output_fields if name in body), bounded, strict=True))
    return max(bounded)


def _check_tools(tools: object, wire: Wire) -> None:
    for tool in tools if isinstance(tools, list) else []:
        kind = tool.get("type", "custom") if isinstance(tool, dict) else None
        if not isinstance(kind, str) or kind not in wire.tool_kinds | {"custom"}:
            raise Refused("tools that the vendor runs itself do not pass: they cost extra and reach the network")


def _blocks(messages: object) -> Iterator[dict[str, Any]]:
    """Yield the blocks of content, those inside results of tools too."""
    for message in messages if isinstance(messages, list) else []:
        content = message.get("content") if isinstance(message, dict) else None
        for block in content if isinstance(content, list) else []:
            if not isinstance(block, dict):
                raise Refused("a block of content is not an object")
            yield block
            yield from _blocks([block])


def _check_block(block: dict[str, Any], wire: Wire) -> None:
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in wire.blocks:
        raise Refused(f"content of the kind `{str(kind)[:60]}` does not pass through Tamma's gateway")
    source, image = block.get("source"), block.get("image_url")
    fetched = isinstance(source, dict) and source.get("type") != "base64"
    address = image.get("url") if isinstance(image, dict) else image
    if fetched or (image is not None and not (isinstance(address, str) and address.startswith("data:"))):
        raise Refused("images pass in the request itself only: an address would be fetched by the vendor")
