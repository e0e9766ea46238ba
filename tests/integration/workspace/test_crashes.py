"""Processes die at any moment; the next one finds things in order."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from integration.workspace.conftest import Bench
from integration.workspace.http_remote import SECRET, USERNAME, Handler, serving
from integration.workspace.origin import SIGNED, Origin, git
from pydantic import SecretStr
from tamma_core.domain.errors import InvalidInput, SandboxUnavailable
from tamma_core.domain.ids import TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import Process, Sandbox, SandboxReport, SandboxSpec
from tamma_core.sandbox.none import NoSandbox
from tamma_core.workspace.workspaces import WorkspaceOptions, Workspaces

FETCHING = Path(__file__).with_name("fetching.py")


async def start_fetching(root: Path, url: str, task: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "FETCH_SECRET": SECRET}
    return await asyncio.create_subprocess_exec(sys.executable, FETCHING, root, url, task, env=environment)


async def test_a_task_is_found_again(bench: Bench, remote: GitRemote) -> None:
    """A new process sees the agent's unfinished work, and the commits made before."""
    (bench.workspace.tree / "half").write_text("half")
    again = await bench.workspaces.open(TaskId("task-1"), remote)
    assert (again.tree / "half").read_text() == "half"
    assert await again.checked_out() == bench.base
    assert await again.commit(parents=[bench.base], **SIGNED) is not None
    await again.close(remove=False)


async def test_leftovers_of_dead_processes_are_no_obstacle(bench: Bench, remote: GitRemote) -> None:
    """Lock files, half packs and a half-made cache do not stop the next fetch, checkout or commit."""
    directory = bench.workspace._parts.directory
    for path in (
        directory.index / "index.lock",
        directory.git / "HEAD.lock",
        directory.objects / "pack/tmp_pack_x",
        directory.cache / "packed-refs.lock",
        directory.cache / "refs/remotes/origin/main.lock",
        directory.cache / "objects/pack/tmp_pack_y",
        directory.cache / "config.lock",
        directory.objects / "tmp_objdir-bulk-x/aa/bb",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    moved = bench.origin.write({"more": b"1"})
    again = await bench.workspaces.open(TaskId("task-1"), remote)
    assert await again.fetch("main") == moved
    await again.checkout(moved)
    (again.tree / "a").write_text("a")
    assert await again.commit(parents=[moved], **SIGNED) is not None
    assert not list(directory.cache.rglob("tmp_*"))
    await again.close(remove=False)


async def test_a_checkout_that_broke_off_is_seen_and_repaired(bench: Bench) -> None:
    """A tree half written, with an index that does not fit, is no base for a commit, and the next checkout makes it right."""
    directory = bench.workspace._parts.directory
    directory.checked_out.unlink()
    shutil.rmtree(bench.workspace.tree / "src")
    (bench.workspace.tree / "README.md").write_text("other")
    assert await bench.workspace.checked_out() is None
    with pytest.raises(InvalidInput, match="no tree"):
        await bench.workspace.commit(parents=[bench.base], **SIGNED)
    await bench.workspace.checkout(bench.base)
    assert (bench.workspace.tree / "src/app.py").exists()
    assert await bench.workspace.commit(parents=[bench.base], **SIGNED) is None


class Broken:
    """A sandbox that cannot be built."""

    name = "broken"

    async def prove(self) -> SandboxReport:
        return SandboxReport(backend=self.name, attacks=())

    async def start(self, spec: SandboxSpec) -> Process:
        raise SandboxUnavailable(f"no wall here for {spec.argv[0]}")


async def test_a_checkout_that_fails_takes_its_mark_away(bench: Bench, remote: GitRemote, tmp_path: Path) -> None:
    """From its first change on, a checkout that does not end leaves the tree marked as belonging to no commit."""
    again = await Workspaces(tmp_path / "data", Broken()).open(TaskId("task-1"), remote)
    with pytest.raises(SandboxUnavailable):
        await again.checkout(bench.base)
    assert await again.checked_out() is None
    await again.close(remove=False)


@pytest.mark.parametrize("damage", [b"", b"DIRC\0\0\0\2\0\0\xff\xff" + b"\0" * 40, b"garbage" * 100])
async def test_a_damaged_index_is_made_anew(bench: Bench, damage: bytes) -> None:
    """An index spoilt by a power cut stops neither a checkout nor a commit."""
    index = bench.workspace._parts.directory.index / "index"
    index.write_bytes(damage)
    await bench.workspace.checkout(bench.base)
    index.write_bytes(damage)
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    assert [change.path for change in (await bench.workspace.changes(bench.base, made)).changes] == ["a"]


async def test_killed_in_the_middle_of_a_fetch(origin: Origin, tmp_path: Path, sandbox: Sandbox) -> None:
    """After SIGKILL the orphaned git keeps the cache's lock; when it ends, the next process fetches."""
    with serving(origin.path.parent) as server:

        def answer(handler: Handler) -> bool:
            if handler.command == "POST" and not server.reached.is_set():
                server.reached.set()
                server.released.wait(60)
            return False

        server.answer = answer
        url = f"{server.base}/origin.git"
        child = await start_fetching(tmp_path / "data", url, "dead")
        assert await asyncio.to_thread(server.reached.wait, 30)
        child.send_signal(signal.SIGKILL)
        await child.wait()
        remote = GitRemote(url=url, username=USERNAME, secret=SecretStr(SECRET))
        opening = asyncio.create_task(Workspaces(tmp_path / "data", sandbox).open(TaskId("dead"), remote))
        done, _ = await asyncio.wait([opening], timeout=0.5)
        assert not done
        server.released.set()
        workspace = await asyncio.wait_for(opening, 30)
        base = await workspace.fetch("main")
        await workspace.checkout(base)
        assert (workspace.tree / "README.md").read_text() == "hello\n"
        await workspace.close(remove=True)


async def test_processes_and_tasks_at_once(origin: Origin, tmp_path: Path, sandbox: Sandbox) -> None:
    """Two other processes and six tasks here work on one repository, one cache, and each pushes its own change."""
    data = tmp_path / "data"
    with serving(origin.path.parent) as server:
        url = f"{server.base}/origin.git"
        children = [await start_fetching(data, url, f"child-{number}") for number in range(2)]
        workspaces = Workspaces(data, sandbox)
        remote = GitRemote(url=url, username=USERNAME, secret=SecretStr(SECRET))

        async def work(name: str) -> tuple[str, str | None]:
            workspace = await workspaces.open(TaskId(name), remote)
            base = await workspace.fetch("main")
            await workspace.checkout(base)
            (workspace.tree / "mine").write_text(name)
            made = await workspace.commit(parents=[base], **SIGNED)
            assert made is not None
            await workspace.push(f"tamma/{name}", made, expected=None)
            await workspace.close(remove=True)
            return name, made

        found = dict(await asyncio.gather(*(work(f"task-{number}") for number in range(6))))
        assert [await child.wait() for child in children] == [0, 0]
    for name, made in found.items():
        assert origin.where(f"tamma/{name}") == made
        assert git(origin.path, "show", f"{made}:mine").decode() == name
    assert len(list((data / "cache").glob("*/config"))) == 1


def only(*active: str) -> Callable[[], Awaitable[list[TaskId]]]:
    """Answer who asks for the active tasks."""

    async def ask() -> list[TaskId]:
        return [TaskId(name) for name in active]

    return ask


async def test_a_sweep_takes_only_what_nobody_needs(bench: Bench, remote: GitRemote, tmp_path: Path) -> None:
    """Active tasks and those open anywhere stay; ended ones go, also with locked and endless directories."""
    for name in ("ended", "active"):
        await (await bench.workspaces.open(TaskId(name), remote)).close(remove=False)
    deep = tmp_path / "data/tasks/ended/tree"
    descriptor = os.open(deep, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 200, dir_fd=descriptor)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    (deep / "locked").mkdir(mode=0)
    (tmp_path / "data/trash/left.1").mkdir(parents=True)
    assert await bench.workspaces.sweep(only("active")) == ["ended"]
    assert sorted(path.name for path in (tmp_path / "data/tasks").iterdir()) == ["active", "task-1"]
    assert list((tmp_path / "data/trash").iterdir()) == []
    await bench.workspace.close(remove=False)
    assert await bench.workspaces.sweep(only()) == ["active", "task-1"]


async def test_closing_with_removal_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    """The task's directory is gone, closing again does nothing, and the cache stays."""
    await bench.workspace.close(remove=True)
    await bench.workspace.close(remove=True)
    assert list((tmp_path / "data/tasks").iterdir()) == []
    assert len(list((tmp_path / "data/cache").glob("*/objects"))) == 1


async def test_a_cancelled_fetch_leaves_no_git(origin: Origin, tmp_path: Path, sandbox: Sandbox) -> None:
    """Cancelling ends git's processes and frees the cache for the next."""
    with serving(origin.path.parent) as server:

        def answer(handler: Handler) -> bool:
            if handler.command == "POST" and not server.reached.is_set():
                server.reached.set()
                server.released.wait(60)
            return False

        server.answer = answer
        remote = GitRemote(url=f"{server.base}/origin.git", username=USERNAME, secret=SecretStr(SECRET))
        workspace = await Workspaces(tmp_path / "data", sandbox).open(TaskId("t"), remote)
        fetching = asyncio.create_task(workspace.fetch("main"))
        assert await asyncio.to_thread(server.reached.wait, 30)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert await asyncio.wait_for(workspace.fetch("main"), 30) == origin.where("main")
        await workspace.close(remove=True)


async def test_without_a_sandbox_everything_lies_at_its_own_place(
    origin: Origin, remote: GitRemote, tmp_path: Path
) -> None:
    """A sandbox that moves nothing is served by host paths: checkout, agent's git and commit work."""
    options = WorkspaceOptions(own_paths=True)
    workspaces = Workspaces(tmp_path / "plain", NoSandbox(accept_risk=True), options)
    workspace = await workspaces.open(TaskId("t"), remote)
    base = await workspace.fetch("main")
    await workspace.checkout(base)
    agent = workspace.agent()
    spec = agent.spec(["sh", "-c", "git log --format=%s; echo more > new"], writable=True, time_s=30)
    process = await agent.start(spec)
    assert b"".join([chunk async for chunk in process.output()]) == b"seed\n"
    await process.wait()
    made = await workspace.commit(parents=[base], **SIGNED)
    assert made is not None
    assert [change.path for change in (await workspace.changes(base, made)).changes] == ["new"]
    await workspace.export(made, tmp_path / "out")
    assert (tmp_path / "out/new").read_text() == "more\n"
    await workspace.close(remove=True)
    assert origin.where("main") == base
