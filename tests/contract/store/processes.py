"""Start processes that use one store, and talk to them over pipes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

PROGRAM = Path(__file__).with_name("store_program.py")


class StoreProcess:
    """Hold one process; leaving the block kills it if it still runs."""

    def __init__(self, directory: Path, command: str, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, PROGRAM, directory, command, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def tell(self, line: str = "") -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")

    def hear(self) -> str:
        """Wait for a line."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def rest(self) -> list[str]:
        """Read what it said until its end; a line that the kill cut off is left out."""
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        return said[: said.rfind("\n") + 1].splitlines()

    def kill(self) -> None:
        """End it as a power cut would, as far as it can tell."""
        self._process.kill()
        self._process.wait()


@contextmanager
def started(directory: Path, command: str, *names: str) -> Iterator[list[StoreProcess]]:
    """Start a process a name, and let all of them begin at once when each has opened the store."""
    with ExitStack() as stack:
        processes = [stack.enter_context(StoreProcess(directory, command, name)) for name in names]
        assert [process.hear() for process in processes] == ["ready"] * len(names)
        for process in processes:
            process.tell()
        yield processes
