"""Make the bare root of a container: places for mounts, and the host's links to its system directories."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tamma_core.ports.sandbox import Mount
from tamma_core.sandbox.system import DIRECTORIES

PLACES = ("proc", "dev", "sys", "run", "var")
ENGINES_OWN = ("run/.containerenv", "etc/mtab")


def fixed_parts() -> Iterator[tuple[str, str]]:
    """Name what every container has beside mounts: directories, and links with their targets."""
    yield from ((name, "") for name in PLACES)
    yield "var/tmp", "/tmp"  # noqa: S108 - inside
    for directory in map(Path, DIRECTORIES):
        if directory.is_symlink():
            yield directory.name, str(directory.readlink())


class Skeleton:
    """Hold what was made, and remove just that: were a mount still in place, nothing of it is touched."""

    def __init__(self, root: Path, mounts: tuple[Mount, ...], temporary: tuple[str, ...]) -> None:
        """Make every place, so that whatever identity the engine has none of it is made by the engine."""
        self.root = root
        self._made: list[Path] = []
        self._directory(root)
        for name, target in fixed_parts():
            if target:
                self._link(root / name, target)
            else:
                self._directory(root / name)
        for place in temporary:
            self._directory(root / place.lstrip("/"))
            # Whatever its own mode, what is mounted at a directory that is there takes the directory's.
            (root / place.lstrip("/")).chmod(0o1777)
        for mount in mounts:
            if not any(mount.inside.startswith(f"{directory}/") for directory in (*temporary, "/dev", "/tmp")):  # noqa: S108
                self._place(mount)

    def remove(self) -> None:
        """Remove it; what the engine made beside stays if it is not known."""
        for path in (*(self.root / name for name in ENGINES_OWN), *reversed(self._made)):
            with suppress(OSError):
                if path.is_symlink() or not path.is_dir():
                    path.unlink()
                else:
                    path.rmdir()

    def _place(self, mount: Mount) -> None:
        path = self.root / mount.inside.lstrip("/")
        if mount.host.is_dir():
            self._directory(path)
        elif not os.path.lexists(path):
            self._directory(path.parent)
            path.touch()
            self._made.append(path)

    def _directory(self, path: Path) -> None:
        missing = [one for one in (path, *path.parents) if not os.path.lexists(one)]
        for one in reversed(missing):
            one.mkdir(mode=0o755)
            self._made.append(one)

    def _link(self, path: Path, target: str) -> None:
        path.symlink_to(target)
        self._made.append(path)
