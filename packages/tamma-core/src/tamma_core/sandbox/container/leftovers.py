"""Tell whose a container is, and remove those whose harness was killed."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tamma_core.sandbox.container.engine import Engine, call

LABEL = "tamma.sandbox"
PREFIX = "tamma-container-"


def owner() -> str:
    """Name this process so that no later one has the same name: process namespace, number, tick of its begin."""
    return f"{_namespace()}-{os.getpid()}-{_began(os.getpid())}"


async def remove_leftovers(engine: Engine) -> None:
    """Remove containers of harnesses that are dead; those of other process namespaces are not ours to judge."""
    rows = await call(
        *(engine.program, "ps", "--all", "--filter", f"label={LABEL}", "--format"),
        '{{.ID}} {{index .Labels "' + LABEL + '"}}',
    )
    for row in rows.splitlines():
        container, _, named = row.partition(" ")
        if _is_dead(named.strip()):
            await call(engine.program, "rm", "--force", "--ignore", "--time", "0", container)
    _remove_places()


def _remove_places() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_dead(directory.name.removeprefix(PREFIX)) and directory.stat().st_uid == os.geteuid():
            _remove_bare(directory)


def _remove_bare(directory: Path) -> None:
    """Remove places for mounts and the few files beside; nothing is mounted there any more, but were it, it would stay."""
    for parent, directories, names in os.walk(directory, topdown=False):
        for path in (Path(parent, name) for name in (*names, *directories)):
            with suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                elif path.is_symlink() or path.parent == directory or path.stat().st_size == 0:
                    path.unlink()
    with suppress(OSError):
        directory.rmdir()


def _is_dead(named: str) -> bool:
    namespace, _, process = named.partition("-")
    number, _, began = process.partition("-")
    return namespace == _namespace() and number.isdigit() and began.partition("-")[0] != _began(int(number))


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)


def _began(pid: int) -> str:
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""
