"""Find pieces of many sources in a text in one pass: a lookup each few characters, and growth where one hits."""

from collections.abc import Iterator, Mapping

Span = tuple[int, int]

LEAST = 8
"""The shortest piece that is sure to be found."""
_GRAM = 4
_STRIDE = LEAST - _GRAM + 1


class GramIndex:
    """Hold sources, each with the least length of a piece of it that counts."""

    def __init__(self, sources: Mapping[str, int]) -> None:
        self.grams: dict[str, list[tuple[str, int, int]]] = {}
        for source, least in sources.items():
            for at in range(len(source) - _GRAM + 1):
                self.grams.setdefault(source[at : at + _GRAM], []).append((source, at, least))

    def spans(self, text: str) -> Iterator[Span]:
        """Yield where pieces stand; what lies within one that was found is not looked at again."""
        last = len(text) - _GRAM
        # Any eight characters in a row hold a whole gram that starts on the stride; most texts hold none.
        hits = [start for start in range(0, last + 1, _STRIDE) if text[start : start + _GRAM] in self.grams]
        if not hits:
            return
        at = hits[0]
        while at <= last:
            found = 0
            for source, offset, least in self.grams.get(text[at : at + _GRAM], ()):
                start, end = _grown(text, at, source, offset)
                if end - start >= least:
                    yield start, end
                    found = max(found, end)
            at = max(at + _STRIDE, found - _GRAM + 1)


def _grown(text: str, at: int, source: str, offset: int) -> Span:
    start, left = at, offset
    while start > 0 and left > 0 and text[start - 1] == source[left - 1]:
        start, left = start - 1, left - 1
    end, right = at + _GRAM, offset + _GRAM
    while end < len(text) and right < len(source) and text[end] == source[right]:
        end, right = end + 1, right + 1
    return start, end
