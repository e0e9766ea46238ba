"""A remote repository, a data directory, and a workspace on them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from integration.workspace.origin import Origin
from tamma_core.domain.ids import Sha, TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import Sandbox
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import Workspaces


@dataclass
class Bench:
    """Hold an opened workspace with its base checked out."""

    origin: Origin
    workspaces: Workspaces
    workspace: Workspace
    base: Sha


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    return Bubblewrap()


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "origin.git", tmp_path / "seed")
    made.write({"README.md": b"hello\n", "src/app.py": b"print(1)\n", "crlf.txt": b"a\r\nb\n"})
    return made


@pytest.fixture
def workspaces(tmp_path: Path, sandbox: Sandbox) -> Workspaces:
    return Workspaces(tmp_path / "data", sandbox)


@pytest.fixture
def remote(origin: Origin) -> GitRemote:
    return GitRemote(url=str(origin.path))


@pytest.fixture
async def bench(origin: Origin, workspaces: Workspaces, remote: GitRemote) -> AsyncIterator[Bench]:
    workspace = await workspaces.open(TaskId("task-1"), remote)
    base = await workspace.fetch("main")
    await workspace.checkout(base)
    yield Bench(origin, workspaces, workspace, base)
    await workspace.close(remove=False)
