"""Questions that mostly repeat the last one, as a model's are, written down by what is new in them."""

from collections.abc import Callable

from tamma_core.domain.sent import Sent

Part = Callable[[str, int, int], str]


class Questions:
    """Remember the last question of each kind, and write or read the next by it."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def shorten(self, what: str, text: str, mask: Callable[[str], str]) -> Sent:
        """Say what is new in a question, without the secrets in it."""
        last = self._last.get(what, "")
        self._last[what] = text
        before = _common(last, text, min(len(last), len(text)), lambda value, low, high: value[low:high])
        room = min(len(last), len(text)) - before
        after = _common(last, text, room, lambda value, low, high: value[len(value) - high : len(value) - low])
        new = text[before : len(text) - after]
        if mask(new) != new:
            self._last[what] = whole = mask(text)
            return Sent(new=whole)
        return Sent(new=new, same_before=before, same_after=after)

    def restore(self, what: str, asked: Sent) -> str:
        """Answer the whole question, and remember it as the last one."""
        last = self._last.get(what, "")
        text = f"{last[: asked.same_before]}{asked.new}{last[len(last) - asked.same_after :]}"
        self._last[what] = text
        return text


def _common(one: str, other: str, most: int, part: Part) -> int:
    """Count by halves how much two texts have in common; each half is compared once, as fast as memory is."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if part(one, low, middle) == part(other, low, middle):
            low = middle
        else:
            high = middle - 1
    return low
