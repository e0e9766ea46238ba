"""Remove what harnesses left that were killed."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.container.owner import LABEL, PREFIX, is_dead


async def remove_leftovers(engine: Engine) -> None:
    """Remove containers of harnesses that are dead; those of other process namespaces are not ours to judge."""
    command = engine.facts.command
    rows = await command.call("ps", "--all", "--filter", f"label={LABEL}", "--format", engine.listing)
    for row in rows.splitlines():
        container, _, named = row.partition(" ")
        if is_dead(named.strip()):
            with suppress(SandboxUnavailable):  # another harness that starts may be removing it
                await command.call(*engine.removal, container)
    _remove_places()


def _remove_places() -> None:
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if is_dead(directory.name.removeprefix(PREFIX)) and directory.stat().st_uid == os.geteuid():
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
