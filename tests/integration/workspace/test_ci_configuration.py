"""The files of continuous integration of a base, as the guard gets them."""

from integration.workspace.origin import Origin
from tamma_core.domain.ids import TaskId
from tamma_core.engine.judging import ci_configuration
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.workspaces import Workspaces

FOLDER = ".github/workflows"


async def read(origin: Origin, workspaces: Workspaces, remote: GitRemote, files: dict[str, bytes]) -> tuple[str, str]:
    origin.write(files)
    workspace = await workspaces.open(TaskId("task-1"), remote)
    try:
        return await ci_configuration(workspace, await workspace.fetch("main"))
    finally:
        await workspace.close(remove=False)


async def test_what_fits_is_read_whole(origin: Origin, workspaces: Workspaces, remote: GitRemote) -> None:
    """Every file is there to its end, and nothing is said to be missing."""
    files = {f"{FOLDER}/{number}.yml": b"# a\n" * 30_000 + b"run: %d\n" % number for number in range(3)}
    text, unread = await read(origin, workspaces, remote, {**files, "src/run.sh": b"no configuration"})
    assert [line for line in text.splitlines() if line != "# a" and line] == ["run: 0", "run: 1", "run: 2"]
    assert unread == ""


async def test_a_file_that_is_cut_is_told(origin: Origin, workspaces: Workspaces, remote: GitRemote) -> None:
    """What it runs behind the cut is not known."""
    _, unread = await read(origin, workspaces, remote, {f"{FOLDER}/ci.yml": b"# a\n" * 80_000 + b"run: sh a.sh\n"})
    assert f"{FOLDER}/ci.yml" in unread


async def test_too_many_files_are_told(origin: Origin, workspaces: Workspaces, remote: GitRemote) -> None:
    """What the last of them run is not known."""
    _, unread = await read(origin, workspaces, remote, {f"{FOLDER}/{n}.yml": b"run: make\n" for n in range(201)})
    assert "201 files" in unread
