"""Find values that must stay secret in a text, also encoded, and pieces of them."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote, quote_plus

Span = tuple[int, int]

_SHORTEST = 4
"""Values below this length are ordinary words; masking them would leave no text."""
_PIECE = 8
"""From this length on a piece of a value is treated as the value itself."""
_GRAM = 4
_STRIDE = _PIECE - _GRAM + 1
_DISTINCT = 5
_PUBLIC_PREFIX = re.compile(
    r"sk-ant-(?:api|admin|oat)\d\d-|sk-(?:proj|or-v1|svcacct)-|sk-|github_pat_|gh[pousr]_|glpat-|xox[abeoprs]-|hf_|npm_|pypi-"
)


class KnownValues:
    """Hold secret values and find them: exact, in base64, hex, URL-encoded or escaped, or a piece of 8 characters."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = tuple(sorted({value.strip() for value in values if len(value.strip()) >= _SHORTEST}))

    def __repr__(self) -> str:
        return f"KnownValues({len(self._values)} hidden)"

    def spans(self, text: str) -> list[Span]:
        """Answer where the values stand, in order and without overlap."""
        if not self._values:
            return []
        whole = [match.span() for match in self._exact.finditer(text)]
        return merged([*whole, *self._pieces(text)])

    @cached_property
    def _forms(self) -> tuple[str, ...]:
        forms = {form for value in self._values for form in _encodings(value) if len(form) >= _SHORTEST}
        return tuple(sorted(forms, key=lambda form: (-len(form), form)))

    @cached_property
    def _exact(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._forms)))

    @cached_property
    def _piece_sources(self) -> tuple[str, ...]:
        forms = {form for value in self._values for form in _piece_forms(value)}
        return tuple(form for form in forms if len(form) >= 2 * _PIECE and len(set(form)) >= _DISTINCT)

    @cached_property
    def _grams(self) -> dict[str, list[tuple[str, int]]]:
        grams: dict[str, list[tuple[str, int]]] = {}
        for source in self._piece_sources:
            for at in range(len(source) - _GRAM + 1):
                grams.setdefault(source[at : at + _GRAM], []).append((source, at))
        return grams

    def _pieces(self, text: str) -> Iterator[Span]:
        grams = self._grams
        if not grams:
            return
        # Any eight characters in a row hold a whole gram that starts on the stride.
        for at in range(0, len(text) - _GRAM + 1, _STRIDE):
            for source, offset in grams.get(text[at : at + _GRAM], ()):
                span = _extended(text, at, source, offset)
                if span[1] - span[0] >= _PIECE:
                    yield span


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _extended(text: str, at: int, source: str, offset: int) -> Span:
    start, left = at, offset
    while start > 0 and left > 0 and text[start - 1] == source[left - 1]:
        start, left = start - 1, left - 1
    end, right = at + _GRAM, offset + _GRAM
    while end < len(text) and right < len(source) and text[end] == source[right]:
        end, right = end + 1, right + 1
    return start, end


def _encodings(value: str) -> Iterator[str]:
    escaped = json.dumps(value)[1:-1]
    plain = json.dumps(value, ensure_ascii=False)[1:-1]
    raw = value.encode("utf-8", "surrogateescape")
    percent = quote(raw, safe="")
    yield from (value, escaped, plain, json.dumps(escaped)[1:-1], escaped.replace("/", "\\/"), repr(value)[1:-1])
    yield from (percent, _lower_escapes(percent), quote(raw), quote_plus(raw), html.escape(value))
    yield from _binary_forms(value)


def _lower_escapes(percent: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), percent)


def _binary_forms(value: str) -> Iterator[str]:
    raw = value.encode("utf-8", "surrogateescape")
    yield raw.hex()
    yield raw.hex().upper()
    for shift in range(3):
        # Inside longer data the first and last characters also carry the neighbours' bits.
        first = (0, 2, 3)[shift]
        whole = len(raw) + shift
        last = whole // 3 * 4 + (0, 1, 2)[whole % 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(b"\0" * shift + raw).decode()[first:last]
            if len(core) >= _PIECE or shift == 0:
                yield core


def _piece_forms(value: str) -> Iterator[str]:
    # Everybody's key begins with the vendor's prefix, which is in every manual.
    secret = _PUBLIC_PREFIX.sub("", value, count=1)
    yield secret
    yield from _binary_forms(value)
