"""What a remote and its files bring with them runs nothing, asks nobody and tells nobody anything."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.workspace.http_remote import SECRET, USERNAME, HttpRemote, serving
from integration.workspace.origin import ENVIRONMENT, SIGNED, Origin
from integration.workspace.packs import Pack
from tamma_core.domain.errors import AuthenticationFailed, InvalidInput
from tamma_core.domain.ids import Sha, TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import Sandbox
from tamma_core.workspace.workspaces import Workspaces

FILE, LINK, FOLDER = "100644", "120000", "40000"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n"
MODULE = '[submodule "{name}"]\n\tpath = {path}\n\turl = {url}\n'

DANGEROUS = {
    "repository": (FOLDER, ".git", b""),
    "repository in capitals": (FOLDER, ".GIT", b""),
    "repository by its short name": (FILE, "git~1", b"gitdir: /x"),
    "repository with a character that is not seen": (FILE, ".g\u200cit", b"gitdir: /x"),
    "parent": (FOLDER, "..", b""),
    "itself": (FOLDER, ".", b""),
    "path for a name": (FILE, "../../x", b"x"),
    "link for modules": (LINK, ".gitmodules", b".git/config"),
    "option for a url": (FILE, ".gitmodules", MODULE.format(name="a", path="a", url="--upload-pack=x").encode()),
    "option for a path": (FILE, ".gitmodules", MODULE.format(name="a", path="-x", url="https://e.org/a").encode()),
    "path for a module": (FILE, ".gitmodules", MODULE.format(name="../../x", path="a", url="https://e.org").encode()),
    "command for an update": (
        FILE,
        ".gitmodules",
        (MODULE.format(name="a", path="a", url="https://e.org") + "\tupdate = !touch x\n").encode(),
    ),
}


@pytest.fixture
def server(origin: Origin) -> Iterator[HttpRemote]:
    with serving(origin.path.parent) as remote:
        yield remote


def planted(pack: Pack, kind: str) -> Sha:
    mode, name, content = DANGEROUS[kind]
    below = pack.tree((FILE, "config", pack.blob(b"[core]\n"))) if mode == FOLDER else pack.blob(content)
    return pack.tree((mode, name, below))


@pytest.mark.parametrize("kind", DANGEROUS)
async def test_objects_that_are_dangerous_on_disk_are_not_taken_in(
    origin: Origin, workspaces: Workspaces, remote: GitRemote, tmp_path: Path, kind: str
) -> None:
    """Trees that some git or file system would follow out of the tree, or into a command, stop at the fetch."""
    pack = Pack()
    pack.push(origin, planted(pack, kind))
    clone = ["git", "clone", "-q", "--bare", str(origin.path), str(tmp_path / "plain")]
    subprocess.run(clone, env=ENVIRONMENT, check=True)
    assert (tmp_path / "plain").exists(), "plain git takes it in"
    workspace = await workspaces.open(TaskId("t"), remote)
    with pytest.raises(InvalidInput, match="fsck"):
        await workspace.fetch("main")
    await workspace.close(remove=True)


async def test_passwords_of_the_home_directory_are_not_sent(
    server: HttpRemote, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `.netrc` and a credential store that plain git would answer with stay unread, and a server gets nothing of them."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login {USERNAME} password {SECRET}\n")
    (home / ".git-credentials").write_text(server.base.replace("://", f"://{USERNAME}:other@") + "\n")
    (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    monkeypatch.setenv("HOME", str(home))
    workspace = await Workspaces(tmp_path / "data", sandbox).open(
        TaskId("t"), GitRemote(url=f"{server.base}/origin.git")
    )
    with pytest.raises(AuthenticationFailed):
        await workspace.fetch("main")
    assert server.authorizations == []
    await workspace.close(remove=True)
    plain = ["git", "ls-remote", f"{server.base}/origin.git"]
    environment = {"PATH": ENVIRONMENT["PATH"], "HOME": str(home), "GIT_TERMINAL_PROMPT": "0"}
    await asyncio.to_thread(subprocess.run, plain, env=environment, capture_output=True, check=True)
    assert server.authorizations, "plain git sends them"


async def test_large_files_stay_pointers(
    origin: Origin, remote: GitRemote, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that asks for LFS gets no program of the user's run and nothing fetched; its pointers go through as text."""
    home = tmp_path / "home"
    home.mkdir()
    program = tmp_path / "bin/git-lfs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/canary\nexit 1\n")
    program.chmod(0o755)
    lfs = "".join(f"\t{word} = git-lfs {word} -- %f\n" for word in ("clean", "smudge"))
    (home / ".gitconfig").write_text(f'[filter "lfs"]\n{lfs}')
    rules = b"*.bin filter=lfs diff=lfs merge=lfs -text\n"
    files = {".gitattributes": rules, "big.bin": POINTER, ".lfsconfig": b"[lfs]\n\turl = http://127.0.0.1:9/\n"}
    base = origin.write(dict(files))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{program.parent}:{ENVIRONMENT['PATH']}")
    workspace = await Workspaces(tmp_path / "data", sandbox).open(TaskId("t"), remote)
    await workspace.checkout(await workspace.fetch("main"))
    assert (workspace.tree / "big.bin").read_bytes() == POINTER
    (workspace.tree / "more.bin").write_bytes(b"a large file")
    made = await workspace.commit(parents=[base], **SIGNED)
    assert made is not None
    assert await workspace.read_file(made, "more.bin", 100) == b"a large file"
    await workspace.push("tamma/1", made, expected=None)
    await workspace.close(remove=True)
    assert not (tmp_path / "canary").exists()
    environment = {"PATH": f"{program.parent}:{ENVIRONMENT['PATH']}", "HOME": str(home)}
    plain = ["git", "clone", "-q", str(origin.path), str(tmp_path / "plain")]
    await asyncio.to_thread(subprocess.run, plain, env=environment, capture_output=True, check=False)
    assert (tmp_path / "canary").exists(), "plain git runs it"


async def test_a_remote_on_this_machine_runs_nothing_when_it_is_fetched_from(
    origin: Origin, workspaces: Workspaces, remote: GitRemote, tmp_path: Path
) -> None:
    """Settings and hooks of a directory that somebody else filled are not obeyed by a fetch."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/canary\nexit 0\n")
    program.chmod(0o755)
    base = origin.write({"a": b"a\n"})
    with (origin.path / "config").open("a") as file:
        file.write(
            f"[core]\n\tfsmonitor = {program}\n\tsshCommand = {program}\n\talternateRefsCommand = {program}\n"
            f"\thooksPath = {tmp_path}\n\tpager = {program}\n[uploadpack]\n\tpackObjectsHook = {program}\n"
            f"[gc]\n\trecentObjectsHook = {program}\n[diff]\n\texternal = {program}\n"
        )
    workspace = await workspaces.open(TaskId("t"), remote)
    assert await workspace.fetch("main") == base
    assert await workspace.remote_branch("main") == base
    await workspace.close(remove=True)
    assert not (tmp_path / "canary").exists()
