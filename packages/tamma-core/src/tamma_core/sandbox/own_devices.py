"""Device nodes of our own, for who owns the host's: the owner may change a node's mode without any capability."""

import os
import stat
from pathlib import Path

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.held_directory import held_directory

NODES = ("null", "zero", "full", "random", "urandom", "tty")
_HOST = Path("/dev")
_MODE = 0o666


def owns_devices() -> bool:
    """Tell whether the host's nodes belong to this process's user."""
    return (_HOST / "null").stat().st_uid == os.geteuid()


class OwnDevices:
    """Make nodes once, and set back what commands did to their modes."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._home: Path | None = None

    def paths(self) -> dict[str, Path]:
        """Answer what stands in for which of the host's nodes: none where those belong to somebody else.

        Raises `SandboxUnavailable` where there can be none.
        """
        if not owns_devices():
            return {}
        if self._home is None or not self._home.is_dir():
            self._home = self._make()
        for name in NODES:
            if stat.S_IMODE((self._home / name).stat().st_mode) != _MODE:
                (self._home / name).chmod(_MODE)
        return {str(_HOST / name): self._home / name for name in NODES}

    def _make(self) -> Path:
        home = held_directory("tamma-dev-", self)
        try:
            for name in NODES:
                os.mknod(home / name, stat.S_IFCHR | _MODE, (_HOST / name).stat().st_rdev)
                (home / name).chmod(_MODE)
            (home / "null").open("wb").close()
        except OSError as error:
            raise SandboxUnavailable(
                f"commands of root could change the host's devices, and there can be none of their own in {home.parent}: {error.strerror}",
                hint="run as another user, or have TMPDIR name a file system without `nodev`",
            ) from error
        return home
