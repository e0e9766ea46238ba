"""The provider contract, on Anthropic's adapter against its rehearsed server."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from tamma_core.testing.provider_contract import SECRET, ScriptedProviderContract, Stage, Subject
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.replies import in_turn
from tamma_providers.testing.serving import serving
from tamma_providers.testing.stages import ANTHROPIC, TEXT, ScriptedStage

MODEL = "claude-sonnet-5-5"


@pytest.fixture
def model() -> ScriptedAnthropic:
    return ScriptedAnthropic(in_turn(TEXT), key=SECRET, models=(MODEL,))


@pytest.fixture
def stage(model: ScriptedAnthropic) -> ScriptedStage:
    return ScriptedStage(model, ANTHROPIC)


@pytest.fixture
async def subject(model: ScriptedAnthropic, stage: ScriptedStage) -> AsyncIterator[Subject]:
    async with serving(model.app) as url:
        options = ProviderOptions(retry=stage.retry(), patience=stage.patience())
        key = SecretStr(SECRET)
        provider = open_provider(
            "claude", kind="anthropic-claude", model=MODEL, api_key=key, base_url=url, options=options
        )
        nobody = open_provider(
            "nobody", kind="anthropic", model=MODEL, api_key=key, base_url="http://127.0.0.1:9", options=options
        )
        await provider.initialize()
        yield Subject(provider=provider, unreachable=nobody, model=MODEL)
        await provider.dispose()
        await nobody.dispose()


class TestAnthropic(ScriptedProviderContract):
    async def test_stage_is_a_stage(self, stage: Stage) -> None:
        """The rehearsed server can play what the contract asks for."""
        stage.will("text")
        assert stage.requests() == 0
