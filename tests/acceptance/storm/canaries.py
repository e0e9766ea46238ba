"""Look for secrets in everything that was written and sent: files, git objects, rows of databases, requests."""

import base64
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

_SQLITE = b"SQLite format 3\0"


class Canaries:
    """Know secrets that must not be found, in the clear, reversed or encoded."""

    def __init__(self, values: Sequence[str]) -> None:
        self._forms = {form: index for index, value in enumerate(values) for form in _forms(value)}

    def found_in(self, data: bytes) -> bool:
        """Tell whether one of them is in there."""
        return any(form in data for form in self._forms)

    def in_directory(self, root: Path) -> list[str]:
        """Name the files below a directory that hold one, also in rows and packed objects."""
        found = [str(path.relative_to(root)) for path in _files(root) if self._in_file(path)]
        found += [
            f"object {name} of {git.relative_to(root)}" for git in _git_directories(root) for name in self._objects(git)
        ]
        return found

    def _in_file(self, path: Path) -> bool:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return False
        return self.found_in(data) or (data.startswith(_SQLITE) and self._in_rows(path))

    def _in_rows(self, path: Path) -> bool:
        """Read rows too: a long value lies on several pages of the file."""
        with closing(sqlite3.connect(path)) as database:
            database.text_factory = bytes
            tables = [
                name.decode() for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
            ]
            return any(
                self.found_in(value if isinstance(value, bytes) else str(value).encode())
                for table in tables
                for row in database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table's name cannot be bound
                for value in row
            )

    def _objects(self, git: Path) -> Iterator[str]:
        command = ["git", "-c", "safe.directory=*", f"--git-dir={git}", "cat-file", "--batch-all-objects"]
        names = subprocess.run([*command, "--batch-check=%(objectname)"], capture_output=True, check=True)
        contents = subprocess.run([*command, "--batch"], capture_output=True, check=True).stdout
        if self.found_in(contents):
            yield f"one of {len(names.stdout.splitlines())}"


def _forms(value: str) -> Iterator[bytes]:
    plain = value.encode()
    yield from (plain, plain[::-1], plain.hex().encode(), quote(value, safe="").encode())
    for shift in range(3):  # wherever it begins in a group of three
        encoded = base64.b64encode(b"\0" * shift + plain)
        yield encoded[4 if shift else 0 : -4]


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _git_directories(root: Path) -> Iterator[Path]:
    return (path.parent for path in root.rglob("HEAD") if (path.parent / "objects").is_dir())
