"""The provider contract on a real model server that nobody here wrote, in both of its dialects."""

from collections.abc import AsyncIterator

import pytest
from services.ollama import Ollama
from tamma_core.testing.provider_contract import ProviderContract, Subject
from tamma_providers.options import Patience, ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["anthropic", "openai"])
async def subject(request: pytest.FixtureRequest, ollama: Ollama) -> AsyncIterator[Subject]:
    kind, url = {
        "anthropic": ("anthropic", ollama.anthropic_url),
        "openai": ("local-llm", ollama.openai_url),
    }[request.param]
    options = ProviderOptions(
        dialect="ollama", retry=RetryPolicy(attempts=2, first_wait_s=0.1), patience=Patience(idle_s=100.0)
    )
    provider = open_provider("local", kind=kind, model=ollama.model, base_url=url, options=options)
    nobody = open_provider("nobody", kind=kind, model=ollama.model, base_url="http://127.0.0.1:9", options=options)
    await provider.initialize()
    yield Subject(provider=provider, unreachable=nobody, model=ollama.model, max_output_tokens=12)
    await provider.dispose()
    await nobody.dispose()


class TestOllama(ProviderContract):
    pass
