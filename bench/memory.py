"""Measure the peak memory of `tamma run` on a repository of 100,000 files, beside a plain clone of the same.

The task changes one file and goes through analysis, plan, change, commit, guard and verification in fresh checkouts.
"""

import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tamma_core.domain.record import Record

from bench.agents import Tamma, clean_environment, model_server
from bench.figure import Figure, Target

FILES = 100_000
LIMIT_MB = 256.0
TEST = """import unittest


class TestNothing(unittest.TestCase):
    def test_nothing(self):
        self.assertTrue(True)
"""


def make(path: Path) -> Path:
    """Make the repository by `git fast-import`, without a work tree in between."""
    environment = clean_environment(path.parent)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True, env=environment)
    with subprocess.Popen(["git", "-C", path, "fast-import", "--quiet"], stdin=subprocess.PIPE, env=environment) as git:
        if git.stdin is None:
            raise SystemExit("git has no standard input")
        write = git.stdin.write
        write(b"commit refs/heads/main\ncommitter b <b@example.org> 1700000000 +0000\ndata 3\none\n")
        for number in range(FILES):
            data = f"value = {number}\n" * 12
            place = f"d{number // 2500}/e{number // 100}/f{number}.py"
            write(f"M 100644 inline {place}\ndata {len(data)}\n{data}\n".encode())
        for name, text in (("README.md", "Many files.\n"), ("check/__init__.py", ""), ("check/test_it.py", TEST)):
            write(f"M 100644 inline {name}\ndata {len(text)}\n{text}\n".encode())
        git.stdin.close()
    if git.returncode:
        raise SystemExit("git fast-import failed")
    return path


class _Watch:
    """Read the high-water mark of one process while it lives, and of the largest of its descendants."""

    def __init__(self, pid: int) -> None:
        self.own_mb = 0.0
        self.child_mb = 0.0
        self._pid = pid
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._end.wait(0.02):
            self.own_mb = max(self.own_mb, _field_mb(self._pid, "VmHWM"))
            # Descendants by what is theirs alone: packs that git maps are the page cache's.
            self.child_mb = max([self.child_mb, *(_field_mb(pid, "RssAnon") for pid in _descendants(self._pid))])

    def stop(self) -> None:
        self._end.set()
        self._thread.join()


def measure() -> Figure:
    """Run the task once, and the clone once."""
    with tempfile.TemporaryDirectory(prefix="tamma-bench-") as directory, model_server() as server:
        home = Path(directory)
        repository = make(home / "repository.git")
        ours = Tamma(home=home / "tamma", url=server.url)
        server.begin(3, first="echo More. >>README.md")
        task = _watched(ours.prepare(repository), ours)
        ended = _ending(ours.log.read_text(errors="replace").splitlines())
        clone = _watched(("git", "clone", "-q", "--no-local", repository, home / "clone"), ours)
    return Figure(
        name="memory",
        title=f"A repository of {FILES:,} files",
        how=(
            f"One run, which ended thus: {ended}. The peak is the high-water mark of the process itself; of what it starts, "
            "the largest one's memory without mapped files."
        ),
        columns=("program", "wall s", "peak MB, itself", "peak MB, largest child"),
        rows=(
            ("`tamma run`, with verification in fresh checkouts", task.wall_s, task.own_mb, task.child_mb),
            ("`git clone` with one checkout", clone.wall_s, clone.own_mb, clone.child_mb),
        ),
        targets=(Target(what="peak memory of `tamma run`", limit=LIMIT_MB, measured=task.own_mb, unit="MB"),),
    )


class _Watched(Record, frozen=True, kw_only=True):
    wall_s: float
    own_mb: float
    child_mb: float


def _watched(argv: Sequence[str | Path], ours: Tamma) -> _Watched:
    began = time.perf_counter()
    with ours.log.open("wb") as log:
        words = [str(word) for word in argv]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ours.environment)
        watch = _Watch(process.pid)
        try:
            process.wait()
        finally:
            watch.stop()
    return _Watched(wall_s=time.perf_counter() - began, own_mb=watch.own_mb, child_mb=watch.child_mb)


def _ending(said: list[str]) -> str:
    """Say how far the task came; a run that ended early measures nothing."""
    if not any("verif" in line and "implement" not in line for line in said):
        raise SystemExit("the task was not verified:\n" + "\n".join(said[-30:]))
    return next(line for line in reversed(said) if line.strip() and not line.startswith("hint")).split(" · ")[0]


def _field_mb(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        found += [grand for child in children for grand in (child, *_descendants(child))]
    return found
