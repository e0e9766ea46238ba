"""Print what a large repository costs: seconds and peak memory of ours and of git's processes, beside a plain clone.

Two repositories are made on disk: 100,000 small files, and 1 GB in large and middling ones that do not compress.
Run `python bench/workspace.py [files|bytes]`; it needs 6 GB below the temporary directory.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tamma_core.domain.ids import Sha, TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.workspaces import Workspaces

ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
MEGABYTE = 1 << 20
Answer = TypeVar("Answer")


class Peaks:
    """Watch this process and all its descendants; memory shared with files (mapped packs) is counted apart."""

    def __init__(self) -> None:
        self.own = 0
        self.children = 0
        self.private = 0
        self._stop = threading.Event()

    def watch(self) -> None:
        """Look every 10 ms until stopped."""
        while not self._stop.wait(0.01):
            self.own = max(self.own, _status(os.getpid())[0])
            for pid in _descendants(os.getpid()):
                whole, private = _status(pid)
                self.children = max(self.children, whole)
                self.private = max(self.private, private)

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()


def _status(pid: int) -> tuple[int, int]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    fields = {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
    return tuple(int(fields[name][0]) if name in fields else 0 for name in ("VmRSS", "RssAnon"))  # type: ignore[return-value] # two names


def _descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _descendants(child)


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Print one line about what happens inside."""
    peaks = Peaks()
    thread = threading.Thread(target=peaks.watch)
    thread.start()
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds = time.perf_counter() - began
        peaks.stop()
        thread.join()
        print(
            f"{what:34} {seconds:8.2f} s   own {peaks.own / 1024:7.0f} MB   largest child {peaks.children / 1024:7.0f} MB"
            f" ({peaks.private / 1024:.0f} MB without mapped files)",
            flush=True,
        )


def git(*arguments: str | Path, stdin: bytes | None = None) -> bytes:
    """Run plain git."""
    command = ["git", "-c", "user.name=b", "-c", "user.email=b@example.org", *map(str, arguments)]
    return subprocess.run(command, env=ENVIRONMENT, input=stdin, check=True, stdout=subprocess.PIPE).stdout


def make(path: Path, write: Callable[[Path], None]) -> None:
    """Make a bare repository with two commits of the written files."""
    seed = path.with_name("seed")
    git("init", "-q", "-b", "main", seed)
    write(seed)
    git("-C", seed, "add", "-A")
    git("-C", seed, "-c", "gc.auto=0", "commit", "-qm", "one")
    (seed / "README").write_text("two\n")
    git("-C", seed, "add", "README")
    git("-C", seed, "-c", "gc.auto=0", "commit", "-qm", "two")
    git("clone", "-q", "--bare", "--no-local", seed, path)
    shutil.rmtree(seed)


def many_files(seed: Path) -> None:
    """Write 100,000 files of some hundred bytes."""
    for directory in range(1000):
        below = seed / f"d{directory % 40}" / f"e{directory}"
        below.mkdir(parents=True)
        for number in range(100):
            (below / f"f{number}.py").write_text(f"value = {directory * 100 + number}\n" * 12)


def many_bytes(seed: Path) -> None:
    """Write 1 GB of noise: files of 100, 12 and 1 MB."""
    for size, count in ((100, 4), (12, 30), (1, 264)):
        for number in range(count):
            (seed / f"noise-{size}-{number}").write_bytes(os.urandom(size * MEGABYTE))


async def ours(origin: Path, root: Path) -> None:
    """Take one task through the workspace."""
    workspaces = Workspaces(root / "data", Bubblewrap())
    workspace = await workspaces.open(TaskId("one"), GitRemote(url=str(origin)))
    signed = {"message": "m", "author": "b", "email": "b@example.org"}

    async def timed(what: str, work: Awaitable[Answer]) -> Answer:
        with measured(f"ours: {what}"):
            return await work

    base = await timed("fetch", workspace.fetch("main"))
    await timed("checkout", workspace.checkout(base))
    (workspace.tree / "README").write_text("three\n")
    made = await timed("commit", workspace.commit(parents=[base], authored_at=datetime.now(UTC), **signed))
    assert made is not None  # noqa: S101 - a measurement of nothing is none
    await timed("checkout again, unchanged files", workspace.checkout(base))
    await timed(
        "changes and text",
        _compare(workspace.changes(base, made), workspace.diff_text(base, made, limit_bytes=100_000)),
    )
    await timed("list files", workspace.list_files(base))
    await timed("export", workspace.export(base, root / "export"))
    await timed("push", workspace.push("tamma/1", Sha(made), expected=None))
    other = await workspaces.open(TaskId("two"), GitRemote(url=str(origin)))
    await timed("fetch of a second task", other.fetch("main"))
    await timed("checkout of a second task", other.checkout(base))
    await other.close(remove=True)
    await timed("removal", workspace.close(remove=True))


async def _compare(*work: Awaitable[object]) -> None:
    for each in work:
        await each


def main() -> None:
    """Measure the kinds of repository that were asked for."""
    kinds = {"files": many_files, "bytes": many_bytes}
    for kind in sys.argv[1:] or list(kinds):
        with tempfile.TemporaryDirectory(prefix="tamma-bench-") as directory:
            root = Path(directory)
            make(root / "origin.git", kinds[kind])
            print(f"-- {kind}")
            with measured("plain `git clone --no-local`"):
                git("clone", "-q", "--no-local", root / "origin.git", root / "clone")
            shutil.rmtree(root / "clone")
            asyncio.run(ours(root / "origin.git", root))


if __name__ == "__main__":
    main()
