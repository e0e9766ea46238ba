"""What Docker has to keep; `test_docker.py` runs it as an ordinary user, since root is refused."""

import json
from pathlib import Path
from typing import ClassVar

import pytest
from contract.sandbox.harness import dies_with_its_harness, keeps_its_files
from contract.sandbox.weakened import weakenings
from tamma_core.ports.sandbox import Sandbox, SandboxSpec
from tamma_core.sandbox.container.backend import Container
from tamma_core.sandbox.container.docker import find_docker
from tamma_core.testing.sandbox_contract import WallContract


class TestDocker(WallContract):
    gaps: ClassVar = {"test_hides_the_system_s_secrets": "/sys is there, and empty"}

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Container(find_docker)


TAKEN_OUT = weakenings(find_docker)


@pytest.mark.parametrize("name", TAKEN_OUT)
async def test_attack_gets_through_without_its_defence(name: str) -> None:
    """The report sees the hole that was made, by the attack's own success."""
    assert await TAKEN_OUT[name].got_through(name)


async def test_dies_with_the_harness(workspace: Path) -> None:
    """SIGKILL of the harness ends everything inside: the lock that a daemon held there comes free."""
    assert await dies_with_its_harness(Container, workspace, find_docker)


async def test_what_a_killed_harness_left_is_removed_at_the_next_start() -> None:
    """A container of a harness that is dead, as its label says, is gone."""
    call = (await find_docker()).facts.command.call
    spec = SandboxSpec(argv=("true",), cwd="/tmp", mounts=())
    await (await Container(find_docker).start(spec)).wait()
    image = (await call("images", "--quiet", "tamma-sandbox")).strip()
    label = f"tamma.sandbox={Path('/proc/self/ns/pid').stat().st_ino}-1-0"
    left = (await call("create", "--label", label, image, "true")).strip()
    await (await Container(find_docker).start(spec)).wait()
    assert left not in await call("ps", "--all", "--quiet", "--no-trunc")


async def test_no_proxy_of_the_user_s_gets_inside() -> None:
    """Docker would tell each container the proxies that its user has configured, with their passwords."""
    settings = Path.home() / ".docker" / "config.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"proxies": {"default": {"httpProxy": "http://user:canary@127.0.0.1:1"}}}))
    spec = SandboxSpec(argv=("cat", "/proc/1/environ"), cwd="/tmp", mounts=())
    process = await Container(find_docker).start(spec)
    said = b"".join([chunk async for chunk in process.output()])
    assert b"HOSTNAME=sandbox" in said
    assert b"canary" not in said


async def test_an_image_that_was_cleaned_away_is_made_again() -> None:
    """`docker image prune` under a harness that runs for weeks costs no command."""
    sandbox, call = Container(find_docker), (await find_docker()).facts.command.call
    spec = SandboxSpec(argv=("true",), cwd="/tmp", mounts=())
    await (await sandbox.start(spec)).wait()
    await call("image", "rm", "--force", (await call("images", "--quiet", "tamma-sandbox")).strip())
    assert (await (await sandbox.start(spec)).wait()).exit_code == 0


async def test_names_and_servers_of_this_machine_stay_outside() -> None:
    """Docker's own files would tell which resolver is asked here; the container's only name is its own."""
    process = await Container(find_docker).start(
        SandboxSpec(argv=("cat", "/etc/hosts", "/etc/resolv.conf"), cwd="/tmp", mounts=())
    )
    said = b"".join([chunk async for chunk in process.output()])
    assert said == b"127.0.0.1 localhost sandbox\n::1 localhost\n"


async def test_a_command_outlives_its_sandbox() -> None:
    """Who drops the sandbox does not take the files of a running command away."""
    assert await keeps_its_files(Container, find_docker)
