"""Known secrets in streams of events, in pieces and whole."""

import json

from tamma_core.guards.redaction import Redactor
from tamma_providers.masked_events import masked_events

SECRET = "tamma-canary-7f3a91c2d45e"
mask = Redactor((SECRET,)).mask_known


def event(index: int, text: str) -> str:
    """Write a piece of a block, as Anthropic streams it."""
    piece = {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}
    return f"event: content_block_delta\ndata: {json.dumps(piece)}\n\n"


def said(stream: str) -> dict[int, str]:
    """Put the pieces of each block together."""
    told: dict[int, str] = {}
    for line in stream.splitlines():
        if line.startswith("data: {"):
            value = json.loads(line.removeprefix("data: "))
            told[value["index"]] = told.get(value["index"], "") + value["delta"]["text"]
    return told


def test_a_stream_without_secrets_stays_as_it_is() -> None:
    """Not a byte is changed, whatever the spacing."""
    stream = event(0, "hello") + 'data:{"a" :  1}\n\ndata: [DONE]\n\n: a comment\n'
    assert masked_events(stream, mask) == stream


def test_a_secret_in_pieces_over_events_is_taken_out() -> None:
    """The pieces of one block are looked at together, those of another block stay where they are."""
    cut = [SECRET[at : at + 4] for at in range(0, len(SECRET), 4)]
    stream = "".join([event(0, "it is "), event(1, "other"), *(event(0, piece) for piece in cut), event(0, " indeed")])
    masked = masked_events(stream, mask)
    assert said(masked) == {0: "it is [redacted] indeed", 1: "other"}


def test_a_secret_in_a_body_that_is_no_stream_is_taken_out() -> None:
    """A refusal's page is masked as text."""
    assert masked_events(f"<p>{SECRET}</p>", mask) == "<p>[redacted]</p>"
