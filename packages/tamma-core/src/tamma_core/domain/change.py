"""The difference between two commits, file by file, from the blobs of both trees."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from tamma_core.domain.ids import Sha
from tamma_core.domain.record import Record

ChangeKind = Literal["added", "deleted", "modified", "renamed", "type_changed"]


class FileChange(Record, frozen=True, kw_only=True):
    """Hold one changed path; modes are git's octal words (`100644`, `120000` link, `160000` gitlink).

    `path` is as git stores it, decoded with `surrogateescape`. Blob names are none where there is no file.
    """

    path: str
    kind: ChangeKind
    old_path: str | None = None
    old_mode: str = ""
    new_mode: str = ""
    old_blob: Sha | None = None
    new_blob: Sha | None = None
    old_size_bytes: int = 0
    new_size_bytes: int = 0


class ChangeSet(Record, frozen=True, kw_only=True):
    """Hold all changes from base to head.

    `read` answers a blob's content, at most `limit` bytes of it; `base_paths` lists all files of the base.
    """

    base: Sha
    head: Sha
    changes: tuple[FileChange, ...]
    read: Callable[[Sha, int], Awaitable[bytes]]
    base_paths: Callable[[], Awaitable[Sequence[str]]]
