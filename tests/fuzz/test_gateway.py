"""What an agent with a loop of its own sends through the gateway, and what a vendor streams back."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.guards.redaction import Redactor
from tamma_providers.gateway.asked import Refused, read_asked
from tamma_providers.gateway.dialect import CHAT_COMPLETIONS, MESSAGES, Wire
from tamma_providers.masked_events import masked_events

from fuzz.material import changed_json, damaged, texts

ASKED = {
    "model": "m",
    "max_tokens": 10,
    "system": [{"type": "text", "text": "s"}],
    "tools": [{"name": "bash", "input_schema": {}}, {"type": "function", "function": {"name": "x"}}],
    "messages": [
        {"role": "user", "content": "hello"},
        {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "x"}]}]},
        {"role": "user", "content": [{"type": "image", "source": {"type": "base64", "data": "eA=="}}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,eA=="}}]},
    ],
}
KIND = {"type": ["text"]}
SECRET = "tamma-canary-7f3a91c2d45e"
mask = Redactor((SECRET,)).mask_known
most = st.sampled_from([0, 1, 100, 64_000])


def nested(levels: int, inner: str, before: str = "[", after: str = "]") -> bytes:
    """Write JSON that is nested so deeply."""
    return (before * levels + inner + after * levels).encode()


@pytest.mark.parametrize("wire", [MESSAGES, CHAT_COMPLETIONS], ids=["messages", "chat"])
@given(
    raw=changed_json([ASKED]).map(lambda value: json.dumps(value).encode()) | damaged([json.dumps(ASKED).encode()]),
    most=most,
)
@example(raw=json.dumps(ASKED | {"tools": [KIND]}).encode(), most=0)
@example(raw=json.dumps(ASKED | {"messages": [{"content": [KIND]}]}).encode(), most=0)
@example(
    raw=b'{"model": "m", "messages": ' + nested(900, "", '[{"type": "tool_result", "content": ', "}]")[:-4] + b"}",
    most=0,
)
@example(raw=nested(100_000, ""), most=0)
def test_request_passes_bounded_or_is_refused(wire: Wire, raw: bytes, most: int) -> None:
    """Whatever is asked, it is refused in words or has a bound that the vendor is told, and names only what may pass."""
    with suppress(Refused):
        asked = read_asked(raw, wire, frozenset({"m"}), most)
        assert asked.model == "m"
        assert set(asked.body) <= wire.fields
        assert asked.output_tokens > 0
        assert most == 0 or asked.output_tokens <= most
        assert asked.output_tokens in [asked.body.get(name) for name in wire.output_fields]


STREAM = "".join(
    f"event: content_block_delta\ndata: {json.dumps({'index': index, 'delta': {'text': text}})}\n\n"
    for index, text in [(0, "it is "), (1, "other"), (0, SECRET[:9]), (0, SECRET[9:]), (0, " indeed")]
)


@given(
    damaged([STREAM.encode()])
    | texts.map(lambda text: f"data: {json.dumps({'a': text})}\n{text}".encode("utf-8", "replace"))
)
@example(b'data: {"index": [1], "a": "x"}')
@example(b"data: " + nested(100_000, ""))
@example(b"data: " + nested(950, json.dumps(SECRET)))
@example(b"data: " + nested(950, json.dumps(SECRET), '{"a": ', "}"))
def test_masked_stream_holds_no_secret_and_stays_masked(data: bytes) -> None:
    """No event of a broken stream lets the secret through, and what was masked once is masked."""
    masked = masked_events(data.decode(errors="replace"), mask)
    assert SECRET not in masked
    assert mask(masked) == masked
    assert SECRET not in "".join(_texts(masked))


def _texts(stream: str) -> list[str]:
    """Put the texts of a stream's block together as a client would."""
    told: dict[object, str] = {}
    for line in stream.split("\n"):
        with suppress(ValueError, RecursionError, AttributeError, TypeError, KeyError):
            value: Any = json.loads(line.removeprefix("data: "))
            told[value["index"]] = told.get(value["index"], "") + value["delta"]["text"]
    return list(told.values())
