"""The token reaches its own server, once, and nobody else."""

import asyncio
import base64
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from integration.workspace.http_remote import SECRET, USERNAME, Handler, HttpRemote, serving
from integration.workspace.origin import SIGNED, Origin
from pydantic import SecretStr
from tamma_core.domain.errors import (
    AuthenticationFailed,
    ConfigError,
    NotFound,
    PermissionDenied,
    RateLimited,
    TammaError,
    Unavailable,
)
from tamma_core.domain.ids import TaskId
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.workspace import Workspace
from tamma_core.workspace.workspaces import Workspaces

BASIC = "Basic " + base64.b64encode(f"{USERNAME}:{SECRET}".encode()).decode()


@pytest.fixture
def server(origin: Origin) -> Iterator[HttpRemote]:
    with serving(origin.path.parent) as remote:
        yield remote


@pytest.fixture
async def workspace(server: HttpRemote, workspaces: Workspaces) -> AsyncIterator[Workspace]:
    made = await workspaces.open(TaskId("t"), credentials(server))
    yield made
    await made.close(remove=False)


def credentials(server: HttpRemote, secret: str = SECRET) -> GitRemote:
    return GitRemote(url=f"{server.base}/origin.git", username=USERNAME, secret=SecretStr(secret))


def command_lines(marker: str) -> list[bytes]:
    """Read arguments and environment of every process of this machine that we may see."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            for name in ("cmdline", "environ"):
                try:
                    content = (entry / name).read_bytes()
                except OSError:
                    continue
                if marker.encode() in content and int(entry.name) != os.getpid():
                    found.append(content)
    return found


async def test_fetch_and_push_with_a_token(workspace: Workspace, origin: Origin, server: HttpRemote) -> None:
    """Both directions work, and the server saw just the one password."""
    base = await workspace.fetch("main")
    await workspace.checkout(base)
    (workspace.tree / "a").write_text("a" * 3_000_000 + os.urandom(2_000_000).hex())
    made = await workspace.commit(parents=[base], **SIGNED)
    assert made is not None
    await workspace.push("tamma/1", made, expected=None)
    assert origin.where("tamma/1") == made
    assert set(server.authorizations) == {BASIC}


@pytest.mark.parametrize("times", [1, 9])
async def test_a_page_in_place_of_the_branches_is_no_empty_repository(
    workspace: Workspace, server: HttpRemote, times: int
) -> None:
    """Git takes a proxy's page of one line for a repository without branches; nobody is told that a branch is gone."""
    base = await workspace.fetch("main")
    await workspace.push("tamma/1", base, expected=None)
    left = 0

    def page(handler: Handler) -> bool:
        nonlocal left
        if "/info/refs" not in handler.path or not left:
            return False
        left -= 1
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "13")
        handler.end_headers()
        handler.wfile.write(b"<html></html>")
        return True

    server.answer = page
    left = times
    with pytest.raises(Unavailable):
        await workspace.fetch("main")
    left = 2 * (times - 1)
    if left:
        with pytest.raises(Unavailable, match="shows nothing"):
            await workspace.remote_branch("tamma/1")
    left = 0
    assert await workspace.remote_branch("tamma/1") == base


async def test_a_server_that_repeats_the_token_is_not_quoted(
    workspace: Workspace, origin: Origin, server: HttpRemote
) -> None:
    """A hook that prints the header it was sent, or the token as a URL spells it, puts neither into the error."""
    base = await workspace.fetch("main")
    spellings = (BASIC.removeprefix("Basic "), SECRET, quote(SECRET), quote(SECRET, safe=""))
    hook = origin.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n" + "".join(f"echo 'got {one} here' >&2\n" for one in spellings) + "exit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PermissionDenied, match=r"got \*\*\* here") as refused:
        await workspace.push("tamma/1", base, expected=None)
    assert [one for one in spellings if one in f"{refused.value.message} {refused.value.hint}"] == []


async def test_the_token_is_in_no_argument_environment_or_file(
    workspace: Workspace, server: HttpRemote, tmp_path: Path
) -> None:
    """While git talks with the password, no process shows it; afterwards no file below the data directory holds it."""
    server.answer = hold_when_authorized
    fetching = asyncio.create_task(workspace.fetch("main"))
    assert await asyncio.to_thread(server.reached.wait, 30)
    assert command_lines("TAMMA_ASKPASS_ORIGIN")
    assert not command_lines(SECRET)
    assert not command_lines(base64.b64encode(f"{USERNAME}:{SECRET}".encode()).decode())
    server.released.set()
    await fetching
    found = subprocess.run(["grep", "-rlF", SECRET, str(tmp_path / "data")], capture_output=True, check=False)
    assert found.stdout == b""


def hold_when_authorized(handler: Handler) -> bool:
    if handler.headers.get("Authorization"):
        handler.remote.reached.set()
        handler.remote.released.wait(30)
    return False


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_gets_nothing(workspace: Workspace, server: HttpRemote, tmp_path: Path, status: int) -> None:
    """A server that sends git to another host ends the fetch; the other host is not even asked."""
    with serving(tmp_path) as thief:
        server.answer = lambda handler: handler.plain(status, Location=f"{thief.base}{handler.path}")
        with pytest.raises(NotFound, match="fetching"):
            await workspace.fetch("main")
        assert thief.requests == []
        assert server.authorizations == []


async def test_a_redirect_after_the_password_gets_nothing(
    workspace: Workspace, server: HttpRemote, tmp_path: Path
) -> None:
    """A server that redirects only those who have told their password learns no more, and its friend nothing."""
    with serving(tmp_path) as thief:

        def answer(handler: Handler) -> bool:
            given = bool(handler.headers.get("Authorization"))
            return given and handler.plain(302, Location=f"{thief.base}{handler.path}")

        server.answer = answer
        with pytest.raises(NotFound):
            await workspace.fetch("main")
        assert thief.requests == []


async def test_plain_git_hands_the_token_over(origin: Origin, tmp_path: Path) -> None:
    """The trap is real: git as it is installed follows the redirect with the password."""
    with serving(tmp_path) as thief, serving(origin.path.parent) as server:
        server.answer = lambda handler: handler.plain(302, Location=f"{thief.base}{handler.path}")
        asked = tmp_path / "asked"
        asked.write_text(f"#!/bin/sh\ncase $1 in U*) echo {USERNAME};; *) echo '{SECRET}';; esac\n")
        asked.chmod(0o700)
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_ASKPASS": str(asked)}
        command = ["git", "ls-remote", f"{server.base}/origin.git"]
        await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=False)
        assert BASIC in thief.authorizations


async def test_a_wrong_token_is_told_as_one(server: HttpRemote, workspaces: Workspaces) -> None:
    """A refused password is an authentication error, tried once and shown to nobody."""
    workspace = await workspaces.open(TaskId("t"), credentials(server, "wrong-canary"))
    with pytest.raises(AuthenticationFailed) as caught:
        await workspace.fetch("main")
    assert "wrong-canary" not in f"{caught.value} {caught.value.hint}"
    assert len(server.authorizations) == 1
    await workspace.close(remove=True)


async def test_without_a_token_nobody_is_asked(server: HttpRemote, workspaces: Workspaces) -> None:
    """A server that wants a password and gets none is an authentication error at once."""
    workspace = await workspaces.open(TaskId("t"), GitRemote(url=f"{server.base}/origin.git"))
    with pytest.raises(AuthenticationFailed):
        await workspace.fetch("main")
    await workspace.close(remove=True)


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, PermissionDenied), (404, NotFound), (429, RateLimited), (500, Unavailable), (503, Unavailable)],
)
async def test_each_status_has_its_meaning(
    workspace: Workspace, server: HttpRemote, status: int, error: type[TammaError]
) -> None:
    """The caller learns from the error's type what to do next."""
    server.answer = lambda handler: handler.plain(status)
    with pytest.raises(error) as caught:
        await workspace.fetch("main")
    assert type(caught.value) is error


async def test_a_server_that_is_down(workspace: Workspace, server: HttpRemote) -> None:
    """Nobody at the port is worth another try."""
    server.stop()
    server.stop = lambda: None  # type: ignore[method-assign] # the fixture has nothing left to stop
    with pytest.raises(Unavailable):
        await workspace.fetch("main")


async def test_a_missing_repository(server: HttpRemote, workspaces: Workspaces) -> None:
    """A repository that the server does not know is not found."""
    remote = GitRemote(url=f"{server.base}/none.git", username=USERNAME, secret=SecretStr(SECRET))
    workspace = await workspaces.open(TaskId("t"), remote)
    with pytest.raises(NotFound):
        await workspace.fetch("main")
    await workspace.close(remove=True)


async def test_an_echoed_secret_is_struck_out(origin: Origin, workspace: Workspace) -> None:
    """A hook of the remote that repeats the password, or a URL with a user, does not get it into our error."""
    hook = origin.path / "hooks/pre-receive"
    hook.write_text(f"#!/bin/sh\necho 'token {SECRET} at https://joe:{SECRET}@example.org/' >&2\nexit 1\n")
    hook.chmod(0o755)
    base = await workspace.fetch("main")
    with pytest.raises(PermissionDenied, match="token") as caught:
        await workspace.push("tamma/1", base, expected=None)
    assert SECRET not in caught.value.message
    assert "joe" not in caught.value.message


@pytest.mark.parametrize("secret", ["two\nlines", "nul\0", "x" * 10000])
async def test_a_secret_that_is_no_line(server: HttpRemote, workspaces: Workspaces, secret: str) -> None:
    """A token that git's question cannot be answered with is a mistake of the configuration, not repeated in the error."""
    workspace = await workspaces.open(TaskId("t"), credentials(server, secret))
    with pytest.raises(ConfigError) as caught:
        await workspace.fetch("main")
    assert secret not in caught.value.message
    await workspace.close(remove=True)


async def test_a_silent_server_ends_by_time(server: HttpRemote, tmp_path: Path, workspaces: Workspaces) -> None:
    """A server that never answers ends by our limit, and git's processes with it."""
    from tamma_core.workspace.remote import RemoteOptions
    from tamma_core.workspace.workspaces import WorkspaceOptions

    server.answer = hold_when_authorized
    options = WorkspaceOptions(remote=RemoteOptions(transfer_s=1.0))
    impatient = Workspaces(tmp_path / "impatient", workspaces._sandbox, options)
    workspace = await impatient.open(TaskId("t"), credentials(server))
    with pytest.raises(Unavailable, match="did not end"):
        await workspace.fetch("main")
    assert not command_lines(f"TAMMA_ASKPASS_ORIGIN={server.base}")
    await workspace.close(remove=True)
