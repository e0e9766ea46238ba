"""What strangers, broken servers and models may send: any text, any JSON, and real documents a little damaged."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from tamma_core.domain.errors import TammaError

_WORDS = (
    *(
        "<!--",
        "-->",
        "</issue>",
        "```",
        "~~~",
        "> ",
        "[x](",
        "![",
        "]: ",
        "<a href='",
        "@all",
        "#1",
        "/tamma approve ",
        "closes ",
    ),
    *(
        "0123456789ab",
        "::set-output name=a::",
        "\x1b[31m",
        "\x1b]52;c;",
        "\u202e",
        "\U000e0041",
        "\ud800",
        "\0",
        "\r\n",
        "\n",
        "\n\n",
    ),
    *(
        "&#64;",
        "https://",
        "\\",
        "'",
        '"',
        "{",
        "}",
        "[",
        "]",
        "*",
        "&a ",
        "*a ",
        "!!python/object:x",
        "---\n",
        ": ",
        "- ",
        "\t",
        "9" * 40,
    ),
)
texts = st.one_of(st.text(st.characters(), max_size=80), st.lists(st.sampled_from(_WORDS), max_size=30).map("".join))
"""Texts of any characters, half surrogates included, and texts made of what means something to somebody."""

_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.sampled_from([10**400, -1, 1e308, "", "NaN"])
)
json_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


def typed(work: Callable[[], Any]) -> Any:
    """Do the work; an error of our tree is an answer, any other fails the test."""
    with suppress(TammaError):
        return work()
    return None


def changed_json(samples: Sequence[Any]) -> st.SearchStrategy[Any]:
    """Take a real document and put something else at a place of it."""

    @st.composite
    def change(draw: st.DrawFn) -> Any:
        value = json.loads(json.dumps(draw(st.sampled_from(samples))))
        for _ in range(draw(st.integers(0, 3))):
            value = _changed(draw, value)
        return value

    return change()


def _changed(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        return value | {key: _changed(draw, value[key])}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], _changed(draw, value[at]), *value[at + 1 :]]
    return draw(json_values)


def damaged(samples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Take a real document and cut, double or overwrite stretches of it."""

    @st.composite
    def damage(draw: st.DrawFn) -> bytes:
        data = draw(st.sampled_from(samples))
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(data)))
            end = min(len(data), start + draw(st.integers(0, 40)))
            instead = draw(st.one_of(st.binary(max_size=12), st.just(data[start:end] * 3), texts.map(_bytes)))
            data = data[:start] + instead + data[end:]
        return data

    return damage()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
