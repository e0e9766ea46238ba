"""Toolchains are found behind shims and virtual environments, and no home is ever shown."""

from pathlib import Path

import pytest
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


def program(path: Path, *marks: str) -> Path:
    """Make a program at `prefix/bin/name`, and what its prefix holds beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    for mark in marks:
        (path.parent.parent / mark).mkdir(parents=True, exist_ok=True)
    return path


def found(home: Path, *directories: Path, **more: str) -> list[str]:
    """Answer the mounted paths below the home, relative to it."""
    environment = {"HOME": str(home), "PATH": ":".join(map(str, directories)), **more}
    mounts = toolchain_mounts(environment)
    assert all(str(mount.host) == mount.inside and not mount.writable for mount in mounts)
    return [str(mount.host.relative_to(home)) for mount in mounts]


def test_plain_toolchain(home: Path) -> None:
    """A tool with its own prefix is mounted with that prefix."""
    node = program(home / "tools/node-20/bin/node", "lib/node_modules")
    assert found(home, node.parent) == ["tools/node-20"]


@pytest.mark.parametrize("version", ["3.12.1", "3.12", "system\n3.12.1"])
def test_pyenv_shim(home: Path, version: str) -> None:
    """A shim leads to the chosen version, also when only its beginning is named."""
    shim = program(home / ".pyenv/shims/python3")
    program(home / ".pyenv/versions/3.12.1/bin/python3", "lib/python3.12")
    program(home / ".pyenv/versions/3.9.1/bin/python3", "lib/python3.9")
    (home / ".pyenv/version").write_text(version)
    assert found(home, shim.parent) == [".pyenv/versions/3.12.1"]
    assert found(home, shim.parent, PYENV_VERSION="3.9.1") == [".pyenv/versions/3.9.1"]


def test_pyenv_version_cannot_climb(home: Path) -> None:
    """A version that is a path chooses nothing."""
    shim = program(home / ".pyenv/shims/python3")
    (home / ".pyenv/versions").mkdir()
    program(home / "evil/bin/python3", "lib/python3.9")
    assert found(home, shim.parent, PYENV_VERSION="../../evil") == []


def test_virtual_environment(home: Path) -> None:
    """A virtual environment comes with the base that its interpreter links to."""
    base = program(home / "python/bin/python3", "lib/python3.12")
    venv = home / "project/.venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python3").symlink_to(base)
    (venv / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    assert found(home, venv / "bin") == ["project/.venv", "python"]
    assert toolchain_path({"PATH": str(venv / "bin"), "HOME": str(home)}).split(":")[0] == str(venv / "bin")


def test_rustup_proxy(home: Path) -> None:
    """Rustup's stand-in leads to the default toolchain; the directory with registry tokens stays hidden."""
    rustup = program(home / ".cargo/bin/rustup")
    (rustup.parent / "cargo").symlink_to("rustup")
    program(home / ".rustup/toolchains/stable-example/bin/cargo", "lib/rustlib")
    (home / ".rustup/settings.toml").write_text('default_toolchain = "stable-example"\n')
    assert found(home, rustup.parent) == [".rustup/toolchains/stable-example"]


@pytest.mark.parametrize("prefix", [".", ".local"])
def test_never_a_home(home: Path, prefix: str) -> None:
    """A program straight in the home, or where a home mixes programs and data, is not worth the data."""
    python = program(home / prefix / "bin/python3", "lib/python3.12")
    assert found(home, python.parent) == []


def test_prefix_must_look_like_the_tool(home: Path) -> None:
    """A directory that merely has a program of that name is not shown."""
    assert found(home, program(home / "projects/bin/node").parent) == []


def test_path_keeps_the_system(home: Path) -> None:
    """Inside, PATH has no directory that is not there."""
    path = toolchain_path({"PATH": f"{home}/bin:/usr/games:relative", "HOME": str(home)}).split(":")
    assert "/usr/games" in path
    assert f"{home}/bin" not in path
    assert "relative" not in path
