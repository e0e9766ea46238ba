"""Run a Docker of the tests' own: its daemon, data and socket in one folder, and an ordinary user who may use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from services.daemon import Daemon

MEMBER = 54321
"""A user and group that nobody is: whoever may use the socket is as mighty as root."""
START_TIMEOUT_S, STOP_S = 60.0, 20.0
_PREFIX = "services-docker-"
_NO_NETWORK = ("--bridge=none", "--iptables=false", "--ip6tables=false")
_READING = "-all,+dac_read_search"


def missing_for_docker() -> list[str]:
    """Return why no Docker can be run here."""
    programs = ("docker", "dockerd", "containerd", "runc", "setpriv")
    reasons = [f"docker: no `{name}`" for name in programs if shutil.which(name) is None]
    return reasons + (["docker: its daemon needs root"] if os.geteuid() != 0 else [])


class Docker:
    """Own one daemon."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._memory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/dev/shm"))  # a disk takes most of each start
        self._socket = self._directory / "socket"
        self.programs = self._directory / "bin"
        self.home = self._directory / "home"
        self._daemon: Daemon | None = None

    def __enter__(self) -> Self:
        self._directory.chmod(0o711)
        self.programs.mkdir()
        self.home.mkdir()
        os.chown(self.home, MEMBER, MEMBER)
        for name in ("docker", "git", "sleep"):
            (self.programs / name).symlink_to(str(shutil.which(name)))
        (self._directory / "settings").write_text("{}")
        command = (
            *("dockerd", *_NO_NETWORK, "--storage-driver=vfs", f"--group={MEMBER}", f"--host=unix://{self._socket}"),
            *(f"--data-root={self._memory / 'data'}", f"--exec-root={self._memory / 'run'}"),
            *(f"--pidfile={self._directory / 'pid'}", f"--config-file={self._directory / 'settings'}"),
        )
        self._daemon = Daemon("docker", command, self._directory / "log")
        self._daemon.start(dict(os.environ), self._directory, self._ready, START_TIMEOUT_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._daemon is not None:
            self._daemon.stop(grace_s=STOP_S)
        mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
        for place in reversed([one for one in mounted if one.startswith(f"{self._memory}/")]):
            subprocess.run(("umount", place), check=True)  # the daemon leaves a name for the machine's own network
        for directory in (self._memory, self._directory):
            shutil.rmtree(directory)

    def run_as_member(self, *argv: str, path: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as an ordinary user, who may read what root alone may: the checkout can lie there.

        On PATH is this Docker and no other engine, and then what is given.
        """
        member = (f"--reuid={MEMBER}", f"--regid={MEMBER}", "--clear-groups")
        reading = (f"--inh-caps={_READING}", f"--ambient-caps={_READING}")
        environment = {"HOME": str(self.home), "TMPDIR": str(self.home), "LANG": "C.UTF-8"}
        return subprocess.run(
            (str(shutil.which("setpriv")), *member, *reading, *argv),
            check=False,
            capture_output=True,
            text=True,
            cwd=self.home,
            env={**environment, "PATH": f"{self.programs}:{path}", "DOCKER_HOST": f"unix://{self._socket}"},
        )

    def _ready(self) -> bool:
        asked = ("docker", "--host", f"unix://{self._socket}", "version")
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
