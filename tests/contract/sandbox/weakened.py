"""A container with defences taken out, so that attacks get through."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from tamma_core.ports.sandbox import Attack, Mount, SandboxSpec
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.container.finding import find_engine

UNFILTERED = ("--security-opt", "seccomp=unconfined")
HOST_NETWORK = ("--network", "host")


class Weakened(Container):
    """Leave defences out: arguments by their words, more mounts, or the filters."""

    def __init__(
        self,
        *left_out: str,
        shown: tuple[Mount, ...] = (),
        more: tuple[str, ...] = (),
        find: Callable[[], Awaitable[Engine]] = find_engine,
    ) -> None:
        super().__init__(find)
        self._left_out = left_out
        self._shown = shown
        self._more = more

    def arguments(self, spec: SandboxSpec, engine: Engine, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
        words = super().arguments(spec, engine, (*mounts, *self._shown))
        return (*(self._kept(words)), *self._more)

    def _kept(self, words: tuple[str, ...]) -> list[str]:
        kept: list[str] = []
        for word in words:
            if kept and kept[-1] in self._left_out:
                kept[-1:] = []
            else:
                kept.append(word)
        return kept

    def filters(self) -> tuple[bytes, ...]:
        return () if "filters" in self._left_out else super().filters()

    async def got_through(self, name: str) -> bool:
        """Tell whether an attack that did run succeeded."""
        report = await self.prove()
        attack: Attack = next(attack for attack in report.attacks if attack.name == name)
        return not attack.held and "did not run" not in attack.detail


def weakenings(find: Callable[[], Awaitable[Engine]]) -> dict[str, Weakened]:
    """Take one defence of each kind out of an engine: a word, a filter, a place."""
    home = (Mount(Path.home(), str(Path.home()), writable=True),)
    return {
        "connect to loopback": Weakened("--network", more=HOST_NETWORK, find=find),
        "use io_uring": Weakened("filters", more=UNFILTERED, find=find),
        "write outside": Weakened(shown=home, find=find),
    }
