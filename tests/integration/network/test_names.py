"""A name that nobody resolves is a failure in passing: told by its name, worth another try, and nothing is lost by it."""

from pathlib import Path

import pytest
from integration.workspace.origin import SIGNED, Origin
from pydantic import SecretStr
from tamma_core.domain.errors import Unavailable
from tamma_core.domain.ids import TaskId
from tamma_core.domain.messages import MessageRequest, user
from tamma_core.ports.git_platform import GitRemote
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.workspaces import Workspaces
from tamma_providers.collecting import collect
from tamma_providers.options import ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider

NOWHERE = GitRemote(url="https://git.invalid/a/b.git", username="tamma", secret=SecretStr("s3cret-canary"))


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
async def test_the_models_name_is_not_resolved(kind: str) -> None:
    """Each attempt asks the resolver anew, and the error says what it said."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    options = ProviderOptions(retry=RetryPolicy(attempts=3, sleep=wait))
    provider = open_provider(
        "p", kind=kind, model="m", api_key=SecretStr("k"), base_url="https://model.invalid", options=options
    )
    with pytest.raises(Unavailable, match=r"`p` could not be reached \(ConnectError: .+\)"):
        await collect(provider.send_message(MessageRequest(messages=(user("Hi"),), model="m")))
    await provider.dispose()
    assert len(waits) == 2


async def test_the_repositorys_name_is_not_resolved_for_a_fetch(tmp_path: Path) -> None:
    """Git's word for it is told."""
    workspace = await Workspaces(tmp_path, Bubblewrap()).open(TaskId("t"), NOWHERE)
    with pytest.raises(Unavailable, match=r"fetching `main`: .*git\.invalid"):
        await workspace.fetch("main")
    await workspace.close(remove=True)


async def test_the_repositorys_name_is_not_resolved_for_a_push(tmp_path: Path) -> None:
    """The commit stays where it is, and goes out once the name is found again."""
    origin = Origin(tmp_path / "origin.git", tmp_path / "people")
    origin.write({"README.md": b"hello\n"})
    workspaces = Workspaces(tmp_path / "data", Bubblewrap())
    found = GitRemote(url=str(origin.path))
    workspace = await workspaces.open(TaskId("t"), found)
    base = await workspace.fetch("main")
    await workspace.checkout(base)
    (workspace.tree / "a").write_text("a")
    made = await workspace.commit(parents=[base], **SIGNED)
    assert made is not None
    await workspace.close(remove=False)
    workspace = await workspaces.open(TaskId("t"), NOWHERE)
    with pytest.raises(Unavailable, match=r"git\.invalid"):
        await workspace.push("tamma/1", made, expected=None)
    await workspace.close(remove=False)
    workspace = await workspaces.open(TaskId("t"), found)
    await workspace.push("tamma/1", made, expected=None)
    await workspace.close(remove=True)
    assert origin.where("tamma/1") == made
