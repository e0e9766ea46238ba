"""Where requests go and what they carry, whatever the host's environment says."""

import asyncio

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from tamma_core.domain.chunks import End
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.messages import MessageRequest
from tamma_core.ports.ai_provider import AIProvider
from tamma_providers.collecting import collect
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, in_turn
from tamma_providers.testing.serving import serving

SURPRISES = {
    "ANTHROPIC_API_KEY": "host-key",
    "ANTHROPIC_AUTH_TOKEN": "host-key",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
    "ANTHROPIC_CUSTOM_HEADERS": "authorization: Bearer host-key\nx-surprise: yes",
    "OPENAI_API_KEY": "host-key",
    "OPENAI_ADMIN_KEY": "host-key",
    "OPENAI_BASE_URL": "http://127.0.0.1:9",
    "OPENAI_ORG_ID": "host-org",
    "OPENAI_PROJECT_ID": "host-project",
    "OPENAI_CUSTOM_HEADERS": "authorization: Bearer host-key\nx-surprise: yes",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


@pytest.fixture
def surprising_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SURPRISES.items():
        monkeypatch.setenv(name, value)


async def ask(provider: AIProvider, request: MessageRequest) -> End:
    """Ask once and close."""
    try:
        return await collect(provider.send_message(request))
    finally:
        await provider.dispose()


@pytest.mark.usefixtures("surprising_host")
@pytest.mark.parametrize("key", [SecretStr("our-key"), None])
async def test_the_host_changes_neither_address_nor_key_nor_headers(
    claude: ScriptedAnthropic,
    gpt: ScriptedOpenAI,
    claude_url: str,
    gpt_url: str,
    key: SecretStr | None,
    request_: MessageRequest,
) -> None:
    """Only what is configured is sent: no key of the host, none of its headers, and none at all where none is set."""
    options = ProviderOptions(headers={"x-team": "tamma"})
    for kind, url, model in (("anthropic", claude_url, claude), ("openai", gpt_url, gpt)):
        provider = open_provider("p", kind=kind, model=request_.model, api_key=key, base_url=url, options=options)
        await ask(provider, request_)
        sent = model.requests[-1].headers
        assert sent.get("authorization") == (f"Bearer {key.get_secret_value()}" if key else None)
        assert sent["x-team"] == "tamma"
        assert "host" not in " ".join(value for name, value in sent.items() if name != "host")
        assert not {"x-surprise", "openai-organization", "openai-project", "x-api-key"} & sent.keys()


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
async def test_a_redirect_does_not_get_the_key(
    kind: str, gpt: ScriptedOpenAI, gpt_url: str, request_: MessageRequest
) -> None:
    """A server that points elsewhere is told of, not followed."""

    def elsewhere(_request: Request) -> Response:
        return RedirectResponse(gpt_url, 307)

    app = Starlette(routes=[Route("/{path:path}", elsewhere, methods=["POST"])])
    async with serving(app) as url:
        provider = open_provider("p", kind=kind, model="m", api_key=SecretStr("our-key"), base_url=url)
        with pytest.raises(ConfigError, match="redirects"):
            await ask(provider, request_)
    assert gpt.requests == []


def test_each_loop_has_its_own_client(request_: MessageRequest) -> None:
    """A provider can be used from one loop after another: no connection outlives its loop."""
    provider = open_provider("p", kind="anthropic", model="m", base_url="http://127.0.0.1:9")

    async def once() -> str:
        async with serving(ScriptedAnthropic(in_turn(Answer(text="Hello."))).app) as url:
            provider.base_url = url  # type: ignore[attr-defined] # the address of this loop's server
            return (await ask(provider, request_)).message.text

    assert [asyncio.run(once()), asyncio.run(once())] == ["Hello.", "Hello."]


async def test_a_connection_is_used_again(claude: ScriptedAnthropic, claude_url: str, request_: MessageRequest) -> None:
    """What follows the terminal event is read, so that the next call needs no new connection."""
    ports: list[object] = []
    inner = claude.app

    async def noting(scope: object, receive: object, send: object) -> None:
        ports.append(scope["client"])  # type: ignore[index] # ASGI's shape
        await inner(scope, receive, send)  # type: ignore[arg-type] # as above

    async with serving(noting) as url:
        provider = open_provider("p", kind="anthropic", model="m", base_url=url)
        for _ in range(3):
            await collect(provider.send_message(request_))
        await provider.dispose()
    assert len(ports) == 3
    assert len(set(ports)) == 1


def test_a_vendor_needs_a_key_and_an_address_must_be_one() -> None:
    """What cannot work is refused when the provider is opened."""
    with pytest.raises(ConfigError, match="no key"):
        open_provider("p", kind="anthropic", model="m")
    with pytest.raises(ConfigError, match="not a URL"):
        open_provider("p", kind="openai", model="m", base_url="localhost:8000")
