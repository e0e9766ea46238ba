"""A server that cannot prove who it is learns neither token nor key, nor a word of what was to be said."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from services.impostor import impostor
from tamma_core.domain.errors import Unavailable
from tamma_core.domain.ids import TaskId
from tamma_core.domain.messages import MessageRequest, user
from tamma_core.ports.git_platform import GitRemote
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.workspace.workspaces import Workspaces
from tamma_platforms.gitea.client import GiteaOptions, GiteaPlatform
from tamma_platforms.http.retry import RetryPolicy
from tamma_platforms.http.session import SessionOptions
from tamma_providers.collecting import collect
from tamma_providers.options import ProviderOptions
from tamma_providers.options import RetryPolicy as ProviderRetry
from tamma_providers.registry import open_provider

SECRET = SecretStr("s3cret-canary")


async def test_the_forge_must_prove_who_it_is() -> None:
    """The adapter ends before its first request, and says why."""
    async with impostor() as server:
        options = GiteaOptions(session=SessionOptions(retry=RetryPolicy(attempts=1)))
        forge = GiteaPlatform("work", base_url=server.url, token=SECRET, options=options)
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await forge.initialize()
        await forge.dispose()
        assert (server.callers, bytes(server.heard)) == (1, b"")


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
async def test_the_model_must_prove_who_it_is(kind: str) -> None:
    """Neither the key nor the prompt goes out."""
    async with impostor() as server:
        options = ProviderOptions(retry=ProviderRetry(attempts=1))
        provider = open_provider("p", kind=kind, model="m", api_key=SECRET, base_url=server.url, options=options)
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await collect(provider.send_message(MessageRequest(messages=(user("Hi"),), model="m")))
        await provider.dispose()
        assert (server.callers, bytes(server.heard)) == (1, b"")


async def test_the_remote_repository_must_prove_who_it_is(tmp_path: Path) -> None:
    """Git asks nothing of it."""
    async with impostor() as server:
        remote = GitRemote(url=f"{server.url}/a/b.git", username="tamma", secret=SECRET)
        workspace = await Workspaces(tmp_path, Bubblewrap()).open(TaskId("t"), remote)
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await workspace.fetch("main")
        await workspace.close(remove=True)
        assert (server.callers > 0, bytes(server.heard)) == (True, b"")
