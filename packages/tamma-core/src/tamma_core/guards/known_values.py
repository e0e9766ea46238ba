"""Find values that must stay secret in a text, also encoded, and pieces of them."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from tamma_core.guards.gram_index import GramIndex, Span
from tamma_core.guards.secret_forms import piece_forms, whole_forms
from tamma_core.guards.text_views import Squeezed, folded

_SHORTEST = 4
"""Values below this length are ordinary words; masking them would leave no text."""
_PIECE = 8
"""From this length on a piece of a value is treated as the value itself."""
_SQUEEZED_PIECE = 12
"""Where separators were taken out, words that stand side by side join: a piece has to be longer there."""
_DISTINCT = 5


class KnownValues:
    """Hold secret values and find them: in any case, encoded, backwards, spread over lines, or a piece of 8 characters."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = tuple(sorted({value.strip() for value in values if len(value.strip()) >= _SHORTEST}))

    def __repr__(self) -> str:
        return f"KnownValues({len(self._values)} hidden)"

    def spans(self, text: str) -> list[Span]:
        """Answer where the values stand, in order and without overlap."""
        if not self._values:
            return []
        view = folded(text)
        short = (match.span() for match in self._short.finditer(text)) if self._short else ()
        return merged([*short, *self._index.spans(view), *self._spread(view)])

    @cached_property
    def _forms(self) -> frozenset[str]:
        return frozenset(form for value in self._values for form in whole_forms(value))

    @cached_property
    def _short(self) -> re.Pattern[str] | None:
        short = sorted((form for form in self._forms if _SHORTEST <= len(form) < _PIECE), key=len, reverse=True)
        return re.compile("|".join(map(re.escape, short))) if short else None

    @cached_property
    def _index(self) -> GramIndex:
        sources = {folded(form): len(form) for form in self._forms if len(form) >= _PIECE}
        sources |= {folded(form): _PIECE for form in self._piece_sources}
        return GramIndex(sources)

    @cached_property
    def _bare_forms(self) -> frozenset[str]:
        return frozenset(Squeezed(folded(form)).text for form in (*self._forms, *self._piece_sources))

    @cached_property
    def _squeezed_index(self) -> GramIndex:
        bare = self._bare_forms
        telling = {form: min(len(form), _SQUEEZED_PIECE) for form in bare if _is_telling(form, _PIECE)}
        return GramIndex({form: len(form) for form in bare if len(form) >= _SQUEEZED_PIECE} | telling)

    @cached_property
    def _piece_sources(self) -> tuple[str, ...]:
        forms = {form for value in self._values for form in piece_forms(value)}
        return tuple(form for form in forms if _is_telling(form, 2 * _PIECE))

    def _spread(self, view: str) -> Iterator[Span]:
        """Find values with line ends, quotes and the like between their characters."""
        bare = Squeezed(view)
        for start, end in self._squeezed_index.spans(bare.text):
            if self._is_no_prose(bare.text[start:end]):
                yield bare.span(start, end)

    def _is_no_prose(self, found: str) -> bool:
        # A passphrase's words also stand side by side in everybody's sentences.
        return any(map(str.isdigit, found)) or any(form in found for form in self._bare_forms if len(form) >= _PIECE)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _is_telling(form: str, least: int) -> bool:
    return len(form) >= least and len(set(form)) >= _DISTINCT
