"""What becomes of an error that nothing below has put into words."""

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tamma_cli.boundary import FAILED, Boundary
from tamma_cli.options import Common
from tamma_cli.screen import Screen


def printed(work: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str:
    """Do the work of a command, and answer what the person reads of its failure."""

    async def failing(_: Boundary) -> int:
        work()
        return 0

    assert Boundary(Screen(as_json=False), Common()).run(failing) == FAILED
    return capsys.readouterr().err


def test_a_full_disk_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A write names no file, so the places are named where Tamma writes."""
    said = printed(lambda: Path("/dev/full").write_text("x"), capsys)
    assert "no room is left on the disk" in said
    assert "`store.path`" in said
    assert "free space" in said
    assert "unexpected" not in said


@pytest.mark.parametrize(
    ("number", "what"),
    [(errno.EDQUOT, "quota"), (errno.EROFS, "read-only"), (errno.EACCES, "this user"), (errno.EIO, "cannot be read")],
)
def test_what_the_system_refuses_names_the_file(number: int, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The person reads which file, why, and what to do."""

    def refuse() -> None:
        raise OSError(number, os.strerror(number), "/srv/data/record")

    said = printed(refuse, capsys)
    assert "/srv/data/record: " in said
    assert what in said
    assert "hint:" in said
    assert "unexpected" not in said


def test_no_place_for_temporary_files(capsys: pytest.CaptureFixture[str]) -> None:
    """Python calls that a missing file."""

    def refuse() -> None:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp', '/var/tmp']")

    assert "TMPDIR" in printed(refuse, capsys)


def test_a_full_database_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What the store did not see itself is still the database's refusal."""

    def fill() -> None:
        with sqlite3.connect(tmp_path / "x.db") as database:
            database.execute("PRAGMA max_page_count = 1")
            database.execute("CREATE TABLE t (x)")

    assert "has no room: database or disk is full\nhint: free disk space" in printed(fill, capsys)


def test_a_read_only_database_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its hint is about the file's rights."""
    sqlite3.connect(tmp_path / "x.db").close()

    def write() -> None:
        with sqlite3.connect(f"file:{tmp_path / 'x.db'}?mode=ro", uri=True) as database:
            database.execute("CREATE TABLE t (x)")

    assert "is read-only: attempt to write a readonly database\nhint: make the file" in printed(write, capsys)


def test_what_is_no_refusal_is_still_unexpected(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else is explained away."""
    assert "something unexpected happened: ZeroDivisionError" in printed(lambda: 1 // 0, capsys)
