"""A container engine that cannot keep what is promised is refused in words that say what to do."""

import json
import os
from pathlib import Path

import pytest
from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.ports.sandbox import SandboxSpec
from tamma_core.sandbox.container.docker import bare_layer, find_docker
from tamma_core.sandbox.container.engine import Engine
from tamma_core.sandbox.container.finding import find_engine
from tamma_core.sandbox.container.place import Place
from tamma_core.sandbox.container.podman import find_podman
from tamma_core.sandbox.etc_copy import EtcCopy

HERE = "unix:///run/docker.sock"
ONE_USER = {"uidmap": [{"container_id": 0, "host_id": 1000, "size": 1}], "gidmap": []}
RANGE = {"container_id": 1, "host_id": 100000, "size": 65536}
USERS = {name: [*ONE_USER["uidmap"], RANGE] for name in ("uidmap", "gidmap")}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have a PATH of one folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def have_docker(
    programs: Path,
    host: str = HERE,
    options: tuple[str, ...] = ("name=seccomp,profile=default",),
    *,
    bounds_processes: bool = True,
) -> None:
    """Install a program that answers as docker's client does for a daemon with these options."""
    info = json.dumps({"SecurityOptions": options, "MemoryLimit": True, "PidsLimit": bounds_processes})
    install(programs / "docker", f"[ $1 = context ] && echo {host} || echo '{info}'")


def have_podman(programs: Path, users: object) -> None:
    """Install a program that answers as an ordinary user's podman does."""
    host = {"security": {"rootless": True}, "idMappings": users, "cgroupVersion": "v2", "cgroupControllers": ["memory"]}
    install(programs / "podman", f"echo '{json.dumps({'host': host})}'")


def install(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


async def test_podman_goes_first(programs: Path) -> None:
    """Where both can be used, podman is."""
    have_podman(programs, USERS)
    have_docker(programs)
    engine: Engine = await find_engine()
    assert (engine.facts.name, engine.facts.bounds_memory, engine.facts.bounds_processes) == ("podman", True, False)


async def test_podman_wants_users_to_number(programs: Path) -> None:
    """A user without a range would find out at the first command only, and docker would not be asked."""
    have_podman(programs, ONE_USER)
    with pytest.raises(SandboxUnavailable, match="subuid"):
        await find_podman()


@pytest.mark.parametrize("said", ["", "{}", "[]", '{"host": {}}', '{"host": {"security": null}}', "Emulated\\n{"])
async def test_podman_that_is_not_understood_is_not_used(programs: Path, said: str) -> None:
    """An answer of another shape is a reason like any other, and docker is asked next."""
    install(programs / "podman", f"echo '{said}'")
    with pytest.raises(SandboxUnavailable, match=r"not understood.*no `docker`"):
        await find_engine()


@pytest.mark.parametrize("note", [None, "", "no number"])
async def test_podman_elsewhere_is_refused(programs: Path, note: str | None) -> None:
    """One that writes its notes on another machine leaves none here, and that is said."""
    have_podman(programs, USERS)
    place = Place(SandboxSpec(argv=("true",), cwd="/", mounts=()), EtcCopy(uid=1, gid=1), ())
    if note is not None:
        place.pid.write_text(note)
    with pytest.raises(SandboxUnavailable, match="does not run where"):
        await (await find_podman()).first_process("container", place)
    place.remove()


@pytest.mark.parametrize("host", ["tcp://10.0.0.1:2376", "ssh://user@build-host", "npipe:////./pipe/docker_engine"])
async def test_docker_elsewhere_is_refused(programs: Path, host: str) -> None:
    """Nothing is run on another machine, where nobody watches."""
    have_docker(programs, host)
    with pytest.raises(SandboxUnavailable, match="another machine") as refusal:
        await find_docker()
    assert "DOCKER_HOST" in refusal.value.hint


@pytest.mark.parametrize("option", ["name=rootless", "name=userns"])
async def test_docker_that_numbers_users_is_refused(programs: Path, option: str) -> None:
    """Behind a rootless or remapping daemon the workspace would be another's."""
    have_docker(programs, options=("name=seccomp,profile=default", option))
    with pytest.raises(SandboxUnavailable, match=option):
        await find_docker()


async def test_root_is_no_docker_s_command(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command is ever this machine's root; an ordinary user's is that user's."""
    have_docker(programs)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SandboxUnavailable, match="root") as refusal:
        await find_docker()
    assert "ordinary user" in refusal.value.hint
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    facts = (await find_docker()).facts
    assert (facts.uid, facts.own_users, facts.bounds_memory, facts.bounds_processes) == (1234, False, True, True)


async def test_docker_that_bounds_no_processes_is_refused(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without users of a container's own the kernel's count by user is the harness's too: nothing would stop a fork bomb in time."""
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    have_docker(programs, bounds_processes=False)
    with pytest.raises(SandboxUnavailable, match="bound processes") as refusal:
        await find_docker()
    assert "podman" in refusal.value.hint


async def test_both_reasons_are_told(programs: Path) -> None:
    """Where no engine can be used, each one's reason is there, and the hint is the last one's."""
    have_podman(programs, ONE_USER)
    have_docker(programs, "ssh://user@build-host")
    with pytest.raises(SandboxUnavailable, match=r"subuid.*another machine") as refusal:
        await find_engine()
    assert "DOCKER_HOST" in refusal.value.hint


async def test_no_setting_of_the_user_reaches_docker(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies and their passwords, other hosts and trust stay out: only the socket that was asked for is named."""
    have_docker(programs)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setenv("DOCKER_CONTENT_TRUST", "1")
    command = (await find_docker()).facts.command
    assert command.words[1:] == ("--config", "/proc/self/no-settings", "--host", HERE)
    assert set(command.environment) <= {"PATH", "HOME", "USER", "TMPDIR", "DBUS_SESSION_BUS_ADDRESS"}


def test_the_layer_is_the_same_each_time() -> None:
    """The image is named by its content, so the same content has to be the same bytes."""
    assert bare_layer() == bare_layer()
