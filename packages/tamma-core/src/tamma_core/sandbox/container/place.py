"""Lay out on the host what one container is made of."""

import json
import os
import shutil
import tempfile
import time
from base64 import b64encode
from pathlib import Path

from tamma_core.domain.errors import InvalidInput
from tamma_core.ports.sandbox import HostNetwork, Mount, ProxySocket, SandboxSpec
from tamma_core.sandbox.container.entry import BOOKS
from tamma_core.sandbox.container.owner import PREFIX, owner
from tamma_core.sandbox.container.shown import NAMES, ORDER, shown_mounts
from tamma_core.sandbox.container.skeleton import Skeleton
from tamma_core.sandbox.etc_copy import EtcCopy
from tamma_core.sandbox.process_table import Times
from tamma_core.sandbox.running import Told
from tamma_core.sandbox.system import HOME, input_path
from tamma_core.sandbox.wall import temporary_directories

WRITTEN_HERE = "/run/tamma/books"
MOST_WRITTEN = 1 << 50


class Place:
    """Hold a directory with the order, the command's input, and what the engine needs beside."""

    def __init__(self, spec: SandboxSpec, etc: EtcCopy, filters: tuple[bytes, ...]) -> None:
        """Make it; raise `InvalidInput` for what cannot be shown."""
        shown_etc = etc.path(network=isinstance(spec.network, HostNetwork))
        for name in (*NAMES, "hostname"):  # the engine puts its own there
            (shown_etc / name).touch()
        if isinstance(spec.network, ProxySocket) and not spec.network.path.is_socket():
            raise InvalidInput(f"{spec.network.path} is not a Unix socket", hint="start the proxy first")
        shown = shown_mounts(spec, shown_etc)
        self._directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{owner()}-"))
        self.pid = self._directory / "pid"
        self.order, self.mounts = self._directory / "order", shown
        self.order.write_text(json.dumps(_order(spec, filters)))
        self.mounts += (Mount(self.order, ORDER),)
        if spec.stdin is not None:
            (self._directory / "input").write_bytes(spec.stdin)
            self.mounts += (Mount(self._directory / "input", input_path(spec)),)
        self._books = self._directory / "books"
        self._books.touch()
        self.mounts += (Mount(self._books, WRITTEN_HERE, writable=True),)
        self._limits = spec.limits
        self._began = time.monotonic()
        self._temporary = temporary_directories(spec)
        self._skeleton: Skeleton | None = None

    def root(self) -> Path:
        """Make the container's root, for an engine that takes a directory for one."""
        self._skeleton = Skeleton(self._directory / "root", self.mounts, self._temporary)
        return self._skeleton.root

    def told(self) -> Told:
        """Read the books that the container's first process left; it may lie, about its own command alone."""
        try:
            said = json.loads(self._books.read_text())
            user_s, system_s, largest_bytes, written_bytes = (max(0, said[name]) for name in BOOKS)
            most_s = (time.monotonic() - self._began) * (os.cpu_count() or 1)
            return Told(
                times=Times(min(float(user_s), most_s), min(float(system_s), most_s)),
                largest_bytes=min(int(largest_bytes), self._limits.memory_bytes),
                written_bytes=min(int(written_bytes), MOST_WRITTEN),
            )
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return Told()

    def remove(self) -> None:
        """Remove all of it, once nothing is mounted there any more."""
        if self._skeleton is not None:
            self._skeleton.remove()
        for name in ("pid", "order", "input", "books"):
            (self._directory / name).unlink(missing_ok=True)
        if self._skeleton is None or not self._skeleton.root.exists():
            shutil.rmtree(self._directory, ignore_errors=True)


def _order(spec: SandboxSpec, filters: tuple[bytes, ...]) -> dict[str, object]:
    return {
        "argv": spec.argv,
        "cwd": spec.cwd,
        "environment": {"HOME": HOME, **spec.environment},
        "input": input_path(spec),
        "books": WRITTEN_HERE,
        "filters": [b64encode(program).decode() for program in filters],
    }
