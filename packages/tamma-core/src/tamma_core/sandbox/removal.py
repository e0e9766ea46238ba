"""Remove what strangers wrote: endless paths, folders without permissions."""

import os
import secrets
import stat
from pathlib import Path

_DEEP_BYTES = 3000


def remove_tree(path: Path) -> None:
    """Remove a directory however deep, read-only or oddly named it is; one that is gone is no error.

    What lies too deep to be named is lifted up first, so that neither recursion nor path length bounds it.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    pending = [path]
    while pending:
        directory = pending[-1]
        children = _empty(directory)
        if not children:
            pending.pop().rmdir()
        elif len(os.fsencode(directory)) < _DEEP_BYTES:
            pending.extend(children)
        else:
            for child in children:
                child.rename(path / f".lifted-{secrets.token_hex(8)}")


def _empty(directory: Path) -> list[Path]:
    directory.chmod(stat.S_IRWXU)
    children: list[Path] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                children.append(Path(entry.path))
            else:
                Path(entry.path).unlink()
    return children
