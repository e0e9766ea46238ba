"""The directory of one repository's records: written whole or not at all, changed under a lock."""

import contextlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tamma_core.codec import from_json, to_json
from tamma_core.domain.errors import InvalidInput
from tamma_core.workspace.locks import exclusively

from tamma_platforms.plain_git.records import IssueRecord, PullRequestRecord

LOCK_TIME_S = 120.0
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_Record = TypeVar("_Record", PullRequestRecord, IssueRecord)


def check_key(key: str) -> str:
    """Answer a key of an issue; raise `InvalidInput` for one that is no plain file name."""
    if not _KEY.fullmatch(key) or ".." in key:
        raise InvalidInput(f"{key!r} is no name of an issue", hint="take letters, digits, dots, dashes and underscores")
    return key


class RecordStore:
    """Read and write the records of one repository."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._pulls = directory / "pulls"
        self._issues = directory / "issues"
        self._address = directory / "address"

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Hold the repository's records alone, among all processes."""
        async with exclusively(self.directory / "lock", time_s=LOCK_TIME_S):
            yield

    def address(self) -> str:
        """Answer by which address the repository was first reached, empty while it was not."""
        return self._address.read_text() if self._address.exists() else ""

    def keep_address(self, address: str) -> str:
        """Keep an address unless there is one, and answer the kept one."""
        if not self._address.exists():
            # Whole or not at all, and the first of two stays: a link is not made over another.
            fresh = self._address.with_name(f".address.{os.getpid()}")
            _write(fresh, address.encode())
            with contextlib.suppress(FileExistsError):
                self._address.hardlink_to(fresh)
            fresh.unlink()
        return self.address()

    def pull_request(self, number: int) -> PullRequestRecord | None:
        """Answer a pull request, or none."""
        return _read(PullRequestRecord, self._pulls / f"{number}.json")

    def pull_requests(self) -> list[PullRequestRecord]:
        """List all pull requests, newest first."""
        numbers = sorted((int(path.stem) for path in self._pulls.glob("*.json")), reverse=True)
        return [record for number in numbers if (record := self.pull_request(number)) is not None]

    def save_pull_request(self, record: PullRequestRecord) -> None:
        """Write a pull request."""
        _write(self._pulls / f"{record.number}.json", to_json(record))

    def patch_path(self, number: int) -> Path:
        """Say where the patch of a pull request lies."""
        return self._pulls / f"{number}.patch"

    def save_patch(self, number: int, patch: bytes) -> None:
        """Write the patch of a pull request, for a person to read."""
        _write(self.patch_path(number), patch)

    def issue(self, key: str) -> IssueRecord | None:
        """Answer what is known of an issue, or none."""
        return _read(IssueRecord, self._issues / f"{check_key(key)}.json")

    def issues(self) -> list[IssueRecord]:
        """List all issues, oldest first."""
        found = [_read(IssueRecord, path) for path in self._issues.glob("*.json")]
        return sorted((record for record in found if record), key=lambda record: (record.created_at, record.key))

    def save_issue(self, record: IssueRecord) -> None:
        """Write what is known of an issue."""
        _write(self._issues / f"{check_key(record.key)}.json", to_json(record))


def _read(kind: type[_Record], path: Path) -> _Record | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    record: _Record = from_json(kind, content)
    return record


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
