"""Take secrets out of texts before they reach a log, a journal, a prompt, a forge or a screen."""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from tamma_core.guards.gram_index import Span
from tamma_core.guards.known_values import KnownValues, merged
from tamma_core.guards.token_patterns import HEADER, QUERY, TOKEN, USER_INFO, private_keys

MASK = "[redacted]"

# Each pattern is tried only on a text that holds one of its words: most hold none.
_TOKEN_HINT = re.compile(
    r"gh[pousr]_|github_pat_|gl[a-z]{2,5}-|sk-|A[KSBC][ICI]A|AIza|ya29\.|GOCSPX-|xox|xapp-|[sr]k_|whsec_|npm_|pypi-|hf_|"
    r"AT[ACB]|SG\.|do[por]_v1_|dapi|hvs\.|AGE-SECRET|eyJ"
)
_HEADER_HINT = re.compile(r"(?i)authorization|-key|-token|cookie|bearer|basic")


@runtime_checkable
class HidesValue(Protocol):
    """Stand for a secret type whose value is asked for explicitly, such as pydantic's."""

    def get_secret_value(self) -> str:
        """Answer the value."""
        ...


class Redactor:
    """Mask known values, in the clear or encoded, and everything that looks like a credential."""

    def __init__(self, known: KnownValues | Iterable[HidesValue | str] = ()) -> None:
        if not isinstance(known, KnownValues):
            known = KnownValues(v.get_secret_value() if isinstance(v, HidesValue) else v for v in known)
        self._known = known

    def __repr__(self) -> str:
        return f"Redactor({self._known!r})"

    def mask(self, text: str) -> str:
        """Replace each secret by `[redacted]`; masking twice changes nothing more."""
        return _without(text, merged([*self._known.spans(text), *pattern_spans(text)]))

    def mask_known(self, text: str) -> str:
        """Replace known values alone; code that a model writes may well hold what looks like a credential."""
        return _without(text, self._known.spans(text))


def _without(text: str, spans: list[Span]) -> str:
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], MASK]
        at = end
    return "".join([*parts, text[at:]]) if spans else text


def pattern_spans(text: str) -> Iterator[Span]:
    """Yield where a text looks like a credential."""
    if "-----BEGIN" in text:
        yield from private_keys(text)
    if _TOKEN_HINT.search(text):
        yield from (match.span() for match in TOKEN.finditer(text))
    if _HEADER_HINT.search(text):
        yield from _values(HEADER, text)
    if "://" in text:
        yield from _values(USER_INFO, text)
    if "=" in text:
        yield from _values(QUERY, text)


def _values(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        name = match.lastgroup
        if name is not None and match[name] not in {MASK, f"{MASK}:{MASK}"}:
            yield match.span(name)
