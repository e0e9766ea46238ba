"""Nothing goes to another machine in the clear: not to a forge, a model or a repository, unless its place is permitted."""

from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import pytest
from pydantic import SecretStr
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.ids import TaskId
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.git_platform import GitRemote
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.workspaces import WorkspaceOptions, Workspaces
from tamma_platforms.plain_git.client import PlainGitPlatform
from tamma_platforms.registry import open_platform
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider

KEY = SecretStr("s3cret-canary")
PLACE = "model.example:8000"
ADDRESS = f"http://{PLACE}/a/b"

Opens = Callable[[Path, Collection[str]], Awaitable[object]]


async def forge(_: Path, plain_http: Collection[str]) -> object:
    return open_platform("work", kind="gitea", base_url=ADDRESS, token=KEY, options={}, plain_http=plain_http)


def model(kind: str, key: SecretStr | None) -> Opens:
    # The gateway of agents in the sandbox asks the same provider at the same address.
    async def opens(_: Path, plain_http: Collection[str]) -> object:
        options = ProviderOptions(plain_http=plain_http)
        return open_provider("p", kind=kind, model="m", api_key=key, base_url=ADDRESS, options=options)

    return opens


async def plain_git(directory: Path, plain_http: Collection[str]) -> object:
    options = {"data_directory": str(directory), "plain_http": plain_http}
    platform = open_platform("plain-git", kind="plain_git", options=options)
    assert isinstance(platform, PlainGitPlatform)
    return platform.place(RepositoryRef("plain-git", ADDRESS))


async def workspace(directory: Path, plain_http: Collection[str]) -> object:
    workspaces = Workspaces(directory, Bubblewrap(), WorkspaceOptions(plain_http=plain_http))
    opened = await workspaces.open(TaskId("t"), GitRemote(url=ADDRESS, username="tamma", secret=KEY))
    await opened.close(remove=True)
    return opened


EACH = pytest.mark.parametrize(
    "opens",
    [
        pytest.param(forge, id="forge"),
        pytest.param(model("anthropic", KEY), id="anthropic"),
        pytest.param(model("openai", KEY), id="openai"),
        pytest.param(model("local-llm", None), id="keyless"),
        pytest.param(plain_git, id="plain-git"),
        pytest.param(workspace, id="workspace"),
    ],
)


@EACH
async def test_another_machine_is_not_reached_in_the_clear(opens: Opens, tmp_path: Path) -> None:
    """Refused before anything is sent, with a word on what to do."""
    with pytest.raises(ConfigError, match=f"leads over plain http to `{PLACE}`") as caught:
        await opens(tmp_path, ("model.example:80", "example:8000"))
    assert "use https" in caught.value.hint


@EACH
async def test_a_permitted_place_is(opens: Opens, tmp_path: Path) -> None:
    """One permission, by host and port, holds for all of them."""
    assert await opens(tmp_path, (PLACE,))
