"""Threads that reviewers open at lines of a change, and what is answered there."""

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record
from tamma_core.domain.repository import Comment


class ReviewThread(Record, frozen=True, kw_only=True):
    """Hold a thread as it was read; its remarks are oldest first, and there is at least one."""

    id: str
    path: str
    line: int
    """Counted from 1, on the side of the change unless `old_side`; 0 where the forge does not say."""
    remarks: tuple[Comment, ...]
    old_side: bool = False
    commit: Sha | None = None
    resolved: bool = False
    hunk: str = ""

    @property
    def author(self) -> str:
        """Name who opened it."""
        return self.remarks[0].author


class ReviewItem(Record, frozen=True, kw_only=True):
    """Name what a reviewer with write access asks for in one thread, up to the remark `last`."""

    thread: str
    last: str
    author: str
    place: str
    text: str


class ThreadAnswer(Record, frozen=True, kw_only=True):
    """Say what was done about a thread."""

    thread: str
    text: str
