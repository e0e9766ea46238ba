"""Podman's own words: a directory is a root, and users are numbered anew."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.sandbox.container.engine import HINT, Command, Facts, surroundings
from tamma_core.sandbox.container.owner import LABEL
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.tree import OUT_OF_REACH
from tamma_core.sandbox.system import UID

STRANGER = 1 << 30
"""The host's user that the container's root is: nobody."""


class Podman(Record, frozen=True):
    """Say it to podman."""

    facts: Facts
    removal = ("rm", "--force", "--ignore", "--time", "0")
    listing = '{{.ID}} {{index .Labels "' + LABEL + '"}}'

    @property
    def options(self) -> tuple[str, ...]:
        """Keep the engine's own files and the host's environment out; the harness's user is an ordinary one inside."""
        return (
            *("--http-proxy=false", "--env-host=false", "--no-hosts", "--passwd=false", "--read-only-tmpfs=false"),
            *("--security-opt", "mask=/sys/fs/cgroup"),
            *_users(),
        )

    async def root(self, place: Place) -> tuple[str, ...]:
        """Have a bare directory as the root; the engine notes the first process beside it."""
        return "--pidfile", str(place.pid), "--rootfs", str(place.root())

    async def first_process(self, container: str, place: Place) -> int:  # noqa: ARG002 - as the others
        """Read the engine's note; raise `SandboxUnavailable` where there is none, since it was written on another machine."""
        try:
            return int(place.pid.read_text())
        except (OSError, ValueError) as error:
            raise SandboxUnavailable(OUT_OF_REACH, hint=HINT) from error


def _users() -> Iterator[str]:
    """Be the harness's user outside and an ordinary one inside; the container's root is nobody."""
    if os.geteuid() != 0:
        yield from ("--userns", f"keep-id:uid={UID},gid={UID}")
    else:
        for kind, own in (("uidmap", 0), ("gidmap", os.getegid())):
            yield from (f"--{kind}", f"0:{STRANGER}:1", f"--{kind}", f"{UID}:{own}:1")


async def find_podman() -> Podman:
    """Answer podman; raise `SandboxUnavailable` with the reason where it cannot be used."""
    program = shutil.which("podman")
    if program is None:
        raise SandboxUnavailable("there is no `podman` on PATH", hint=HINT)
    command = Command(words=(program,), environment=surroundings("XDG_", "CONTAINER"))
    said = await command.call("info", "--format", "json")
    try:
        return _from_information(command, json.loads(said)["host"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SandboxUnavailable(f"`podman info` said what is not understood: {said[:100]!r}", hint=HINT) from error


def _from_information(command: Command, host: "dict[str, Any]") -> Podman:
    if host["security"]["rootless"] and any(len(ranges) < 2 for ranges in host["idMappings"].values()):  # noqa: PLR2004 - its own and a range
        raise SandboxUnavailable(
            "podman can number no users anew for this one: it has no range in /etc/subuid and /etc/subgid",
            hint="add a range there, and install `uidmap`; or choose another sandbox level",
        )
    controllers = host.get("cgroupControllers") or ()
    everything = host.get("cgroupVersion") == "v1" and not host["security"]["rootless"]
    return Podman(
        Facts(
            name="podman",
            command=Command(words=(*command.words, *_runtime(host)), environment=command.environment),
            bounds_memory=everything or "memory" in controllers,
            bounds_processes=everything or "pids" in controllers,
            uid=UID,
            gid=UID,
            own_users=True,
        )
    )


def _runtime(host: "dict[str, Any]") -> tuple[str, ...]:
    """Take another low-level runtime when the one that is configured is not installed."""
    path = host.get("ociRuntime", {}).get("path", "")
    if path and Path(path).exists():
        return ()
    other = next(filter(None, map(shutil.which, ("crun", "runc"))), None)
    return () if other is None else ("--runtime", other)
