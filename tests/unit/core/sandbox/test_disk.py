"""Growth is found by free space first and by files second."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.disk import UNASKED, DiskMeter
from tamma_core.sandbox.process_table import ProcessTable

MEBIBYTE = 1 << 20


class OwnTable(ProcessTable):
    """Know this test's process alone."""

    def members(self) -> list[int]:
        return [os.getpid()]


@pytest.fixture
def table() -> Iterator[ProcessTable]:
    """Read this test's own process."""
    table = OwnTable(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY))
    yield table
    table.close()


def write(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(os.urandom(size))
        file.flush()
        os.fsync(file.fileno())


def exceeded(meter: DiskMeter, table: ProcessTable, temporary: int = 0) -> bool:
    """Look until the files were counted for certain: others on this machine give space back meanwhile."""
    return any(meter.exceeded(temporary, table) for _ in range(UNASKED + 1))


def test_growth_is_seen(tmp_path: Path, table: ProcessTable) -> None:
    """New files count wherever they lie in the mount."""
    meter = DiskMeter((str(tmp_path),), ProcessLimits(disk_bytes=20 * MEBIBYTE))
    assert not exceeded(meter, table)
    (tmp_path / "deep/er").mkdir(parents=True)
    write(tmp_path / "deep/er/file", 30 * MEBIBYTE)
    assert exceeded(meter, table)


def test_what_others_write_is_not_ours(tmp_path: Path, table: ProcessTable) -> None:
    """Space that was lost outside of the mount, and files that were there before, are not held against the command."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    write(ours / "old", 30 * MEBIBYTE)
    os.utime(ours / "old", (0, 0))
    meter = DiskMeter((str(ours),), ProcessLimits(disk_bytes=20 * MEBIBYTE))
    meter._since += 2  # as if the old file had been there for a while
    write(theirs / "file", 30 * MEBIBYTE)
    assert not exceeded(meter, table)


def test_what_others_free_hides_nothing(tmp_path: Path, table: ProcessTable) -> None:
    """While others give space back the free space tells nothing; the files are counted all the same, after a while."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    write(theirs / "file", 60 * MEBIBYTE)
    meter = DiskMeter((str(ours),), ProcessLimits(disk_bytes=20 * MEBIBYTE))
    (theirs / "file").unlink()
    os.sync()
    write(ours / "file", 30 * MEBIBYTE)
    assert exceeded(meter, table)


def test_temporary_files_count(tmp_path: Path, table: ProcessTable) -> None:
    """What lies in memory is enough by itself, and counts together with the mounts."""
    meter = DiskMeter((str(tmp_path),), ProcessLimits(disk_bytes=20 * MEBIBYTE))
    assert exceeded(meter, table, 21 * MEBIBYTE)
    write(tmp_path / "file", 12 * MEBIBYTE)
    assert exceeded(meter, table, 12 * MEBIBYTE)
    assert not exceeded(meter, table, 2 * MEBIBYTE)


def test_files_without_content_count(tmp_path: Path, table: ProcessTable) -> None:
    """A flood of empty files is seen by the inodes that are gone, and those of others are not held against the command."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for directory in (ours, theirs):
        directory.mkdir()
    meter = DiskMeter((str(ours),), ProcessLimits(files=500))
    for number in range(700):
        (theirs / str(number)).touch()
    assert not exceeded(meter, table)
    for number in range(700):
        (ours / str(number)).touch()
    assert exceeded(meter, table)
