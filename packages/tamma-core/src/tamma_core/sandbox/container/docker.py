"""Docker's own words: a root is an image, a daemon of this machine's root runs it, and users are the machine's."""

import io
import json
import os
import shutil
import tarfile
from hashlib import sha256

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.sandbox.container.engine import HINT, Command, Facts, surroundings
from tamma_core.sandbox.container.owner import LABEL
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.skeleton import fixed_parts

LOCAL = "unix://"
OTHER_USERS = ("rootless", "userns")
NO_SETTINGS = "/proc/self/no-settings"
"""A directory that never is: the user's settings would put the names and passwords of proxies into each container."""


class Docker(Record, frozen=True):
    """Say it to docker."""

    facts: Facts
    removal = ("rm", "--force")
    listing = '{{.ID}} {{.Label "' + LABEL + '"}}'
    options = ()

    async def root(self, place: Place) -> tuple[str, ...]:  # noqa: ARG002 - as the others
        """Have an image of directories and links as the root; whoever cleans up may have removed it since the last time."""
        layer = bare_layer()
        image = f"tamma-sandbox:{sha256(layer).hexdigest()[:32]}"
        try:
            await self.facts.command.call("image", "inspect", image)
        except SandboxUnavailable:
            await self.facts.command.call("import", "-", image, given=layer)
        return (image,)

    async def first_process(self, container: str, place: Place) -> int:  # noqa: ARG002 - as the others
        """Ask the daemon."""
        return int(await self.facts.command.call("inspect", "--format", "{{.State.Pid}}", container))


def bare_layer() -> bytes:
    """Pack the parts that every container has; the same parts give the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as layer:
        for name, target in fixed_parts():
            part = tarfile.TarInfo(name)
            part.mode = 0o755
            part.type, part.linkname = (tarfile.SYMTYPE, target) if target else (tarfile.DIRTYPE, "")
            layer.addfile(part)
    return packed.getvalue()


async def find_docker() -> Docker:
    """Answer docker; raise `SandboxUnavailable` with the reason where it cannot be used, or does not keep what is promised."""
    program = shutil.which("docker")
    if program is None:
        raise SandboxUnavailable("there is no `docker` on PATH", hint=HINT)
    asked = Command(words=(program,), environment=surroundings("XDG_", "DOCKER_"))
    host = (await asked.call("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")).strip()
    if not host.startswith(LOCAL):
        raise SandboxUnavailable(
            f"docker's daemon at {host} is on another machine, where no command can be watched",
            hint="choose a context or a `DOCKER_HOST` of this machine, or install podman",
        )
    command = Command(words=(program, "--config", NO_SETTINGS, "--host", host), environment=surroundings())
    info = json.loads(await command.call("info", "--format", "{{json .}}"))
    for option in info.get("SecurityOptions") or ():
        if option.removeprefix("name=").partition(",")[0] in OTHER_USERS:
            raise SandboxUnavailable(
                f"docker's daemon numbers its users by itself ({option}), and the command's files would be another's",
                hint="choose a daemon of root's without `userns-remap`, or install podman",
            )
    if os.geteuid() == 0:
        raise SandboxUnavailable(
            "docker numbers no users anew, and root's command would be this machine's root",
            hint="run `tamma` as an ordinary user who may use docker, or install podman",
        )
    if not info.get("PidsLimit"):
        raise SandboxUnavailable(
            "docker cannot bound processes here, and without users of a container's own nothing else does at once",
            hint="have the kernel's control group `pids`, or install podman",
        )
    return Docker(
        Facts(
            name="docker",
            command=command,
            bounds_memory=bool(info.get("MemoryLimit")),
            bounds_processes=True,
            uid=os.geteuid(),
            gid=os.getegid(),
            own_users=False,
        )
    )
