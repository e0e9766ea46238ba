"""Run a program as an ordinary user whom this machine does not know, with the tools to number users of its own.

What there is to know of that user is seen in a mount namespace alone, and all that it starts ends with its process namespace.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
MEMBER, FIRST_OF_RANGE, RANGE = 54322, 1 << 29, 65536
_NAME = "member"
_FILES = {
    "passwd": f"{_NAME}:x:{MEMBER}:{MEMBER}::{{home}}:/bin/sh\n",
    "group": f"{_NAME}:x:{MEMBER}:\n",
    "subuid": f"{_NAME}:{FIRST_OF_RANGE}:{RANGE}\n",
    "subgid": f"{_NAME}:{FIRST_OF_RANGE}:{RANGE}\n",
}
_APART = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc")


def missing_for_rootless_podman() -> list[str]:
    """Return why podman cannot be run here as an ordinary user."""
    programs = ("podman", "runc", "newuidmap", "newgidmap", "setpriv", "unshare")
    reasons = [f"rootless podman: no `{name}`" for name in programs if shutil.which(name) is None]
    reasons += [f"rootless podman: no /etc/{name}" for name in _FILES if not Path("/etc", name).is_file()]
    return reasons + (["rootless podman: making the user takes root"] if os.geteuid() != 0 else [])


class OrdinaryUser:
    """Own a home directory."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="services-user-"))
        self.home = self._directory / "home"

    def __enter__(self) -> Self:
        self._directory.chmod(0o711)
        for place in (self.home, self.home / "run"):
            place.mkdir(mode=0o700)
            os.chown(place, MEMBER, MEMBER)
        for name, line in _FILES.items():
            known = Path("/etc", name).read_text()
            (self._directory / name).write_text(known + line.format(home=self.home))
        (self._directory / "begin").write_text("\n".join(["set -e", *self._beginning(), 'exec "$@"', ""]))
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._directory)

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; nothing that it started is left then."""
        environment = {
            "HOME": str(self.home),
            "USER": _NAME,
            "TMPDIR": str(self.home),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        member = ("setpriv", f"--reuid={MEMBER}", f"--regid={MEMBER}", "--clear-groups")
        begin = ("sh", str(self._directory / "begin"))
        return subprocess.run(
            (*_APART, *begin, *member, *argv),
            check=False,
            capture_output=True,
            text=True,
            cwd=self.home,
            env=environment,
        )

    def _beginning(self) -> Iterator[str]:
        """Yield the commands that let the user be known, and show it this checkout and Python where root alone could read."""
        for name in _FILES:
            yield shlex.join(("mount", "--bind", str(self._directory / name), f"/etc/{name}"))
        closed = {path: above for path in (ROOT, Path(sys.prefix), Path(sys.base_prefix)) if (above := _closed(path))}
        held = {path: str(self._directory / f"held-{number}") for number, path in enumerate(closed)}
        for path, place in held.items():
            yield shlex.join(("mkdir", place))
            yield shlex.join(("mount", "--rbind", str(path), place))
        for above in sorted(set(closed.values())):
            yield shlex.join(("mount", "-t", "tmpfs", "-o", "mode=755", "none", str(above)))
        for path, place in held.items():
            yield shlex.join(("mkdir", "-p", str(path)))
            yield shlex.join(("mount", "--rbind", place, str(path)))


def _closed(path: Path) -> Path | None:
    """Answer the outermost folder on the way that others may not enter."""
    return next((one for one in (*reversed(path.resolve().parents), path) if not one.stat().st_mode & 0o001), None)
