"""Reach everything in a container, and see to it that the engine forgets it."""

import os
from contextlib import suppress
from subprocess import DEVNULL, Popen

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.container.engine import HINT, Engine, surroundings
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.process_table import GONE
from tamma_core.sandbox.tree import NamespaceTree, namespace_of

GUARD = 'exec 3<&0; (read -r _ <&3 || exec "$@") &'
"""Outside the wall, and nobody's child: removes the container when the harness dies, and ends at a line from it."""


class ContainerTree(NamespaceTree):
    """Reach a container through its first process, as the engine noted it."""

    def __init__(self, place: Place, go: int, guard: int) -> None:
        """Take the pipes that the container and its guard wait at; raise `SandboxUnavailable` when it cannot be reached."""
        self._place = place
        self._pipes = [go, guard]
        try:
            init = int(place.pid.read_text())
            super().__init__(init, namespace_of(str(init)))
        except (*GONE, ValueError) as error:
            reason = "the container's first process cannot be reached from here"
            raise SandboxUnavailable(reason, hint=HINT) from error

    def let_go(self) -> None:
        """Give up the hold of a container that did not begin."""
        super().close()

    def close(self) -> None:
        """Give everything back after the end; the engine has removed the container itself by then, or does."""
        super().close()
        go, guard = self._pipes
        with suppress(OSError):
            os.write(guard, b"\n")
        os.close(go)
        os.close(guard)
        self._place.remove()


def guarded(engine: Engine, name: str) -> int:
    """Start a guard for a container of this name, and answer the pipe that it waits at."""
    waits, guard = os.pipe2(os.O_CLOEXEC)
    try:
        removal = (engine.program, *engine.runtime, "rm", "--force", "--ignore", "--time", "0", name)
        shell = Popen(
            ("/bin/sh", "-c", GUARD, "sh", *removal),
            stdin=waits,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=surroundings(),
            start_new_session=True,
        )
        shell.wait()
    except BaseException:
        os.close(guard)
        raise
    finally:
        os.close(waits)
    return guard
