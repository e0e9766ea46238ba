"""From fetch to push: the way of an ordinary change."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from integration.workspace.conftest import Bench
from integration.workspace.origin import SIGNED, Origin, git
from tamma_core.domain.errors import HeadMoved, InvalidInput, NotFound, PermissionDenied, Unavailable, Unsupported
from tamma_core.domain.ids import Sha, TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.committing import Conflicts
from tamma_core.workspace.workspaces import Workspaces


async def test_a_change_is_committed_and_pushed(bench: Bench) -> None:
    """What the agent writes, deletes and makes executable arrives on the remote, byte for byte."""
    tree = bench.workspace.tree
    (tree / "src/new.py").write_bytes(b"x = 1\r\n")
    (tree / "README.md").unlink()
    (tree / "src/app.py").chmod(0o755)
    (tree / "link").symlink_to("/etc/passwd")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    await bench.workspace.push("tamma/1", made, expected=None)
    assert bench.origin.where("tamma/1") == made
    assert bench.origin.tree(made) == ["100644 crlf.txt", "120000 link", "100755 src/app.py", "100644 src/new.py"]
    assert git(bench.origin.path, "show", f"{made}:src/new.py") == b"x = 1\r\n"


async def test_nothing_changed_is_no_commit(bench: Bench) -> None:
    """A touched but unchanged tree gives no commit."""
    os.utime(bench.workspace.tree / "README.md", (1, 1))
    assert await bench.workspace.commit(parents=[bench.base], **SIGNED) is None


async def test_the_same_change_gives_the_same_commit(bench: Bench, remote: GitRemote, tmp_path: Path) -> None:
    """Two data directories commit one change under one name, so that a repeat after a crash is the same commit."""
    (bench.workspace.tree / "a").write_text("a")
    first = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    other = await Workspaces(tmp_path / "elsewhere", bench.workspace._parts.sandboxed._sandbox).open(
        TaskId("other"), remote
    )
    await other.checkout(await other.fetch("main"))
    (other.tree / "a").write_text("a")
    assert await other.commit(parents=[bench.base], **SIGNED) == first is not None
    await other.close(remove=True)


async def test_a_fresh_attempt_keeps_what_is_right_already(bench: Bench) -> None:
    """A second checkout undoes the agent's work and leaves untouched files the same inodes."""
    tree = bench.workspace.tree
    (tree / "README.md").write_text("ruined")
    (tree / "junk/deep").mkdir(parents=True)
    (tree / "junk/deep/x").write_text("x")
    (tree / ".gitignore").write_text("*\n")
    kept = (tree / "src/app.py").stat()
    await bench.workspace.checkout(bench.base)
    assert (tree / "README.md").read_text() == "hello\n"
    assert sorted(path.name for path in tree.iterdir()) == [".git", "README.md", "crlf.txt", "src"]
    now = (tree / "src/app.py").stat()
    assert (now.st_ino, now.st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)


async def test_a_fresh_attempt_sees_through_forged_times(bench: Bench) -> None:
    """A file changed to the same size with its old times restored is still undone."""
    path = bench.workspace.tree / "README.md"
    before = path.stat()
    path.write_text("HELLO\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    await bench.workspace.checkout(bench.base)
    assert path.read_text() == "hello\n"


async def test_a_branch_that_moved_is_not_overwritten(bench: Bench) -> None:
    """A push from the wrong place raises with the place where the branch is; the right one moves it, twice is once."""
    theirs = bench.origin.write({"theirs": b"1"}, branch="tamma/1")
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    for expected in (None, bench.base):
        with pytest.raises(HeadMoved) as caught:
            await bench.workspace.push("tamma/1", made, expected=expected)
        assert caught.value.actual == theirs
    await bench.workspace.push("tamma/1", made, expected=theirs)
    await bench.workspace.push("tamma/1", made, expected=theirs)
    assert bench.origin.where("tamma/1") == made == await bench.workspace.remote_branch("tamma/1")


async def test_a_lease_holds_even_when_the_look_was_right(bench: Bench) -> None:
    """Git itself refuses when the branch moves after we looked: the race is closed at the remote."""
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    theirs = bench.origin.write({"theirs": b"1"}, branch="tamma/1")
    parts = bench.workspace._parts
    for expected in (None, bench.base):
        with pytest.raises(HeadMoved):
            await parts.remote.push(parts.directory.git, "tamma/1", made, expected)
    assert bench.origin.where("tamma/1") == theirs


async def test_a_push_that_was_made_already_is_no_error(bench: Bench) -> None:
    """What arrived between our look and our push may be our own push, sent by a process that died."""
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    parts = bench.workspace._parts
    for sha, expected in ((made, None), (None, made)):
        for _ in range(2):
            await parts.remote.push(parts.directory.git, "tamma/1", sha, expected)
        assert bench.origin.where("tamma/1") == (sha or "")


async def test_a_branch_that_is_being_written_may_be_pushed_to_later(bench: Bench) -> None:
    """A lock of the remote's is no word of another person: the branch has not moved."""
    lock = bench.origin.path / "refs/heads/tamma/1.lock"
    lock.parent.mkdir()
    lock.touch()
    with pytest.raises(Unavailable, match="update ref"):
        await bench.workspace.push("tamma/1", bench.base, expected=None)
    lock.unlink()
    await bench.workspace.push("tamma/1", bench.base, expected=None)
    assert bench.origin.where("tamma/1") == bench.base


async def test_the_default_branch_is_left_alone_unless_asked(bench: Bench) -> None:
    """A push to the default branch needs the caller's word, and its removal has none."""
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    with pytest.raises(PermissionDenied):
        await bench.workspace.push("main", made, expected=bench.base)
    with pytest.raises(PermissionDenied):
        await bench.workspace.delete_remote_branch("main", expected=bench.base)
    await bench.workspace.push("main", made, expected=bench.base, to_default=True)
    assert bench.origin.where("main") == made


async def test_a_declined_push_tells_the_hooks_reason(bench: Bench) -> None:
    """The remote's own hook still runs, and its refusal is a permission, not a mystery."""
    hook = bench.origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho only on Mondays >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PermissionDenied, match="only on Mondays"):
        await bench.workspace.push("tamma/1", bench.base, expected=None)


async def test_removing_a_remote_branch(bench: Bench) -> None:
    """Only a branch at its expected place is removed, and one that is gone is no error."""
    await bench.workspace.push("tamma/1", bench.base, expected=None)
    other = bench.origin.write({"theirs": b"1"}, branch="other")
    with pytest.raises(HeadMoved):
        await bench.workspace.delete_remote_branch("tamma/1", expected=other)
    await bench.workspace.delete_remote_branch("tamma/1", expected=bench.base)
    await bench.workspace.delete_remote_branch("tamma/1", expected=bench.base)
    assert await bench.workspace.remote_branch("tamma/1") is None


async def test_only_the_exact_branch_is_fetched(bench: Bench) -> None:
    """Neither tags nor other branches come along, and a branch whose name ends alike is another one."""
    bench.origin.write({"x": b"1"}, branch="feature/main2")
    git(bench.origin.path, "tag", "v1", bench.base)
    await bench.workspace.fetch("main")
    cache = bench.workspace._parts.directory.cache
    assert git(cache, "for-each-ref", "--format=%(refname)").split() == [b"refs/remotes/origin/main"]
    with pytest.raises(NotFound, match="main2"):
        await bench.workspace.fetch("main2")
    assert await bench.workspace.remote_branch("main2") is None


@pytest.mark.parametrize(
    "name", ["--upload-pack=x", "a..b", "a b", "", "HEAD", "a.lock", "x/.y", "a:b", "a\nb", "@{1}"]
)
async def test_a_name_that_is_no_branch(bench: Bench, name: str) -> None:
    """Names that git would take for options, refspecs or revisions are refused before git sees them."""
    with pytest.raises(InvalidInput):
        await bench.workspace.fetch(name)
    with pytest.raises(InvalidInput):
        await bench.workspace.push(name, bench.base, expected=None)


async def test_merging_is_deterministic_and_leaves_the_tree_alone(bench: Bench) -> None:
    """A clean merge has both parents and one name; one that is not needed changes nothing."""
    head = bench.origin.write({"ours": b"1"}, branch="head", start="main")
    base = bench.origin.write({"theirs": b"2"}, branch="main", start="main")
    await bench.workspace.fetch("head")
    await bench.workspace.fetch("main")
    first = await bench.workspace.merge(head, base, **SIGNED)
    assert isinstance(first, str)
    assert first == await bench.workspace.merge(head, base, **SIGNED)
    assert sorted(await bench.workspace.list_files(first)) == ["README.md", "crlf.txt", "ours", "src/app.py", "theirs"]
    assert await bench.workspace.contains(first, base)
    assert await bench.workspace.contains(first, head)
    assert await bench.workspace.merge(first, base, **SIGNED) == first
    assert await bench.workspace.merge_base(head, base) == bench.base
    assert not (bench.workspace.tree / "ours").exists()


async def test_conflicts_are_named_and_can_be_worked_on(bench: Bench) -> None:
    """Both sides stand in the tree between markers, and the agent's answer becomes a merge."""
    head = bench.origin.write({"README.md": b"ours\n", "naïve\n": b"1"}, branch="head", start="main")
    base = bench.origin.write({"README.md": b"theirs\n", "naïve\n": b"2"}, branch="main", start="main")
    await bench.workspace.fetch("head")
    await bench.workspace.fetch("main")
    found = await bench.workspace.merge(head, base, **SIGNED)
    assert isinstance(found, Conflicts)
    assert set(found.paths) == {"README.md", "naïve\n"}
    await bench.workspace.checkout(head, content=found.tree)
    text = (bench.workspace.tree / "README.md").read_text()
    assert "<<<<<<<" in text
    assert "ours" in text
    (bench.workspace.tree / "README.md").write_text("both\n")
    made = await bench.workspace.commit(parents=[head, base], **SIGNED)
    assert made is not None
    assert await bench.workspace.contains(made, base)
    assert await bench.workspace.read_file(made, "README.md", 100) == b"both\n"


async def test_changes_tell_kinds_modes_and_sizes(bench: Bench) -> None:
    """Each kind of change is told with its blobs, and a blob is read as far as wanted."""
    tree = bench.workspace.tree
    (tree / "README.md").rename(tree / "READ.md")
    (tree / "crlf.txt").unlink()
    (tree / "src/app.py").unlink()
    (tree / "src/app.py").symlink_to("x")
    (tree / "new").write_bytes(b"0123456789")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    found = {change.path: change for change in (await bench.workspace.changes(bench.base, made)).changes}
    assert {path: change.kind for path, change in found.items()} == {
        "READ.md": "renamed",
        "crlf.txt": "deleted",
        "src/app.py": "type_changed",
        "new": "added",
    }
    assert found["READ.md"].old_path == "README.md"
    assert (found["src/app.py"].old_mode, found["src/app.py"].new_mode) == ("100644", "120000")
    assert (found["crlf.txt"].old_size_bytes, found["crlf.txt"].new_blob) == (5, None)
    paths = await bench.workspace.changed_paths(bench.base, made)
    assert sorted(paths) == ["READ.md", "README.md", "crlf.txt", "new", "src/app.py"]
    blob = found["new"].new_blob
    assert blob is not None
    changes = await bench.workspace.changes(bench.base, made)
    assert await changes.read(blob, 4) == b"0123"
    assert await changes.read(blob, 100) == b"0123456789"


async def test_the_difference_as_text_is_bounded(bench: Bench) -> None:
    """A difference larger than the limit is cut at a line and says so."""
    (bench.workspace.tree / "long").write_text("line\n" * 10000)
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    text = await bench.workspace.diff_text(bench.base, made, limit_bytes=1000)
    assert len(text) < 1100
    assert text.splitlines()[-1].startswith("[the difference goes on")
    assert set(text.splitlines()[7:-1]) == {"+line"}


async def test_reading_files_at_a_commit(bench: Bench) -> None:
    """A file, its first bytes, a link within the commit, and what is not there."""
    tree = bench.workspace.tree
    (tree / "AGENTS.md").symlink_to("README.md")
    (tree / "out").symlink_to("/etc/passwd")
    (tree / "we\nird").write_text("w")
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    read = bench.workspace.read_file
    assert await read(made, "README.md", 100) == b"hello\n"
    assert await read(made, "README.md", 2) == b"he"
    assert await read(made, "AGENTS.md", 100) == b"hello\n"
    assert await read(made, "we\nird", 100) == b"w"
    for missing in ("out", "nothing", "src", "../README.md", "-x", ""):
        assert await read(made, missing, 100) is None


async def test_an_export_has_the_files_and_no_repository(bench: Bench, tmp_path: Path) -> None:
    """A checkout for verification is exact, has no `.git`, and two at once do not disturb each other."""
    one, two = tmp_path / "one", tmp_path / "two"
    await asyncio.gather(bench.workspace.export(bench.base, one), bench.workspace.export(bench.base, two))
    for into in (one, two):
        found = {str(path.relative_to(into)): path.read_bytes() for path in into.rglob("*") if path.is_file()}
        assert found == {"README.md": b"hello\n", "src/app.py": b"print(1)\n", "crlf.txt": b"a\r\nb\n"}
    with pytest.raises(InvalidInput, match="not empty"):
        await bench.workspace.export(bench.base, one)


async def test_the_agents_repository_is_real_inside(bench: Bench) -> None:
    """Log, blame and status work in the sandbox, a commit there too, and nothing of it reaches the task's history."""
    agent = bench.workspace.agent()
    script = (
        "set -e; git log --format=%s; git blame -s README.md; git status --porcelain; git branch --show-current;"
        "echo more >> README.md; git status --porcelain; git commit -qam mine; git log --oneline | wc -l"
    )
    process = await agent.start(agent.spec(["sh", "-c", script], writable=True, time_s=60))
    said = b"".join([chunk async for chunk in process.output()]).decode()
    assert (await process.wait()).exit_code == 0, said
    first = bench.base[:7]
    assert said.splitlines() == ["seed", f"^{first} 1) hello", "work", " M README.md", "2"]
    made = await bench.workspace.commit(parents=[bench.base], **SIGNED)
    assert made is not None
    await bench.workspace.push("tamma/1", made, expected=None)
    assert git(bench.origin.path, "log", "--format=%s", made).split() == [b"Change", b"seed"]


async def test_an_export_with_history_knows_its_version(bench: Bench, tmp_path: Path) -> None:
    """Tools that ask git for the version find a repository, clean and at the commit."""
    into = tmp_path / "into"
    await bench.workspace.export(bench.base, into, history=True)
    agent = bench.workspace.agent()
    spec = agent.spec(["sh", "-c", "git rev-parse HEAD && git status --porcelain"], writable=False, time_s=60)
    process = await agent.start(spec)
    said = b"".join([chunk async for chunk in process.output()]).decode()
    assert said.split() == [bench.base]
    assert (into / ".git/index").stat().st_size > 0


async def test_no_variable_of_ours_reaches_git(bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Variables that would lead git elsewhere, or load settings, have no effect."""
    canary = tmp_path / "canary"
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[core]\n\tfsmonitor = touch {canary}\n\tsshCommand = touch {canary}\n")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXEC_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_TRACE", str(canary))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {canary}")
    (bench.workspace.tree / "a").write_text("a")
    made = await bench.workspace.commit(parents=[await bench.workspace.fetch("main")], **SIGNED)
    assert made is not None
    assert "+a" in await bench.workspace.diff_text(bench.base, made, limit_bytes=10000)
    assert not canary.exists()


async def test_a_commit_that_is_not_here(bench: Bench) -> None:
    """A commit nobody fetched is not found, and the tree stays as it was."""
    with pytest.raises(NotFound):
        await bench.workspace.checkout(Sha("1" * 40))
    assert await bench.workspace.checked_out() == bench.base


async def test_a_remote_that_is_not_there(origin: Origin, workspaces: Workspaces, tmp_path: Path) -> None:
    """A directory without a repository is not found."""
    workspace = await workspaces.open(TaskId("t"), GitRemote(url=str(tmp_path / "nowhere")))
    with pytest.raises(NotFound):
        await workspace.fetch("main")
    await workspace.close(remove=True)


async def test_a_remote_that_is_a_shallow_clone(origin: Origin, workspaces: Workspaces, tmp_path: Path) -> None:
    """It is told with what to do; when its history is there, the same workspace goes on."""
    origin.write({"README.md": b"again\n"})
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", origin.path.as_uri(), str(shallow))
    workspace = await workspaces.open(TaskId("t"), GitRemote(url=str(shallow)))
    with pytest.raises(Unsupported, match="shallow") as told:
        await workspace.fetch("main")
    assert "git fetch --unshallow" in told.value.hint
    git(shallow, "fetch", "-q", "--unshallow")
    assert await workspace.fetch("main") == origin.where("main")
    await workspace.close(remove=True)


async def test_a_remote_with_names_of_another_algorithm(workspaces: Workspaces, tmp_path: Path) -> None:
    """Trying again would not change them, so it is not passing trouble."""
    (there := tmp_path / "sha256").mkdir()
    git(there, "init", "-q", "-b", "main", "--object-format=sha256")
    git(there, "commit", "-q", "--allow-empty", "-m", "start")
    workspace = await workspaces.open(TaskId("t"), GitRemote(url=str(there)))
    with pytest.raises(Unsupported, match="server sha256") as told:
        await workspace.fetch("main")
    assert "SHA-1" in told.value.hint
    await workspace.close(remove=True)


def test_git_on_this_machine_is_the_one_of_the_tests() -> None:
    """The tests speak of a git that has what the workspace needs."""
    assert subprocess.run(["git", "merge-tree", "-h"], capture_output=True, check=False).returncode == 129
