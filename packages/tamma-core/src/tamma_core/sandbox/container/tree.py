"""Reach everything in a container, and see to it that the engine forgets it."""

import os
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.container.engine import HINT, Engine
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.shown import ORDER
from tamma_core.sandbox.tree import NamespaceTree, namespace_of

OUT_OF_REACH = "the container's first process cannot be reached: the engine does not run where this process does"
GUARD = 'exec 3<&0; (read -r _ <&3 || exec "$@") &'
"""Outside the wall, and nobody's child: removes the container when the harness dies, and ends at a line from it."""


class ContainerTree(NamespaceTree):
    """Reach a container through its first process, as the engine numbers it."""

    def __init__(self, init: int, place: Place, go: int, guard: int) -> None:
        """Take the pipes that the container and its guard wait at; raise `SandboxUnavailable` when it cannot be reached."""
        self._place = place
        self._pipes = [go, guard]
        try:
            super().__init__(init, namespace_of(str(init)))
        except OSError as error:
            raise SandboxUnavailable(OUT_OF_REACH, hint=HINT) from error
        if not self._is_ours():
            super().close()
            raise SandboxUnavailable(OUT_OF_REACH, hint=HINT)

    def _is_ours(self) -> bool:
        """Tell whether it was shown our order: an engine elsewhere numbers others' processes, and they are not to be killed."""
        with suppress(OSError):
            return Path(f"/proc/{self.init}/root{ORDER}").samefile(self._place.order) and self._alive()
        return False

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
        shell = Popen(
            ("/bin/sh", "-c", GUARD, "sh", *engine.facts.command.words, *engine.removal, name),
            stdin=waits,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=dict(engine.facts.command.environment),
            start_new_session=True,
        )
        shell.wait()
    except BaseException:
        os.close(guard)
        raise
    finally:
        os.close(waits)
    return guard
