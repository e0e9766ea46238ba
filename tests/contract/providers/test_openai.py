"""The provider contract, on the adapter of the OpenAI dialect against rehearsed servers of each kind."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from tamma_core.testing.provider_contract import SECRET, ScriptedProviderContract, Subject
from tamma_providers.dialects import dialect_names
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider
from tamma_providers.testing.openai import HABITS, ScriptedOpenAI
from tamma_providers.testing.replies import in_turn
from tamma_providers.testing.serving import serving
from tamma_providers.testing.stages import OPENAI, TEXT, ScriptedStage

MODEL = "gpt-6-luna"


@pytest.fixture(params=dialect_names())
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(dialect: str) -> ScriptedOpenAI:
    return ScriptedOpenAI(in_turn(TEXT), key=SECRET, models=(MODEL,), habits=HABITS[dialect])


@pytest.fixture
def stage(model: ScriptedOpenAI) -> ScriptedStage:
    return ScriptedStage(model, OPENAI)


@pytest.fixture
async def subject(model: ScriptedOpenAI, stage: ScriptedStage, dialect: str) -> AsyncIterator[Subject]:
    async with serving(model.app) as url:
        options = ProviderOptions(dialect=dialect, retry=stage.retry(), patience=stage.patience())
        key = SecretStr(SECRET)
        provider = open_provider(
            dialect, kind="openai", model=MODEL, api_key=key, base_url=f"{url}/v1", options=options
        )
        nobody = open_provider(
            "nobody", kind="local-llm", model=MODEL, api_key=key, base_url="http://127.0.0.1:9/v1", options=options
        )
        await provider.initialize()
        yield Subject(provider=provider, unreachable=nobody, model=MODEL)
        await provider.dispose()
        await nobody.dispose()


class TestOpenAI(ScriptedProviderContract):
    pass
