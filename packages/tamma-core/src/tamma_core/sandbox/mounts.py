"""Check the mounts of a specification before the wall is built around them."""

import os
from pathlib import PurePosixPath

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import Mount, SandboxSpec

OWNED = ("/proc", "/dev", "/etc")
"""Made anew inside; nothing of the host may be put there."""


def checked_mounts(spec: SandboxSpec) -> tuple[Mount, ...]:
    """Answer the mounts, parents before what lies in them; raise `InvalidInput` for one that cannot be held."""
    ordered = tuple(sorted(spec.mounts, key=lambda mount: len(PurePosixPath(mount.inside).parts)))
    for index, mount in enumerate(ordered):
        _check_place(mount)
        for outer in ordered[:index]:
            _check_nested(outer, mount)
    return ordered


def writable_mounts(spec: SandboxSpec) -> tuple[str, ...]:
    """Answer the host paths that the command may write."""
    return tuple(str(mount.host) for mount in spec.mounts if mount.writable)


def _check_place(mount: Mount) -> None:
    inside = mount.inside
    if not inside.startswith("/") or inside.startswith("//") or os.path.normpath(inside) != inside or inside == "/":
        raise InvalidInput(f"mount point {inside!r} is not a plain absolute path below /", hint="name it without `..`")
    if any(inside == owned or inside.startswith(f"{owned}/") for owned in OWNED):
        raise InvalidInput(f"mount point {inside!r} lies in a directory that the sandbox owns", hint="choose another")
    if not mount.host.exists():
        raise InvalidInput(f"mounted path {mount.host} does not exist", hint="make it before the command starts")


def _check_nested(outer: Mount, inner: Mount) -> None:
    # An earlier command may have left a link where the inner mount goes: it would land at the link's target.
    if not inner.inside.startswith(f"{outer.inside}/"):
        return
    step = outer.host
    for part in PurePosixPath(inner.inside).relative_to(outer.inside).parts:
        step /= part
        if step.is_symlink():
            raise InvalidInput(f"mount point {inner.inside!r} leads through the link {step}", hint="remove the link")
