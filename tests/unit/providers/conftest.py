"""Rehearsed servers for the tests of what needs a wire."""

from collections.abc import AsyncIterator

import pytest
from tamma_core.domain.messages import MessageRequest, user
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, in_turn
from tamma_providers.testing.serving import serving


@pytest.fixture
def claude() -> ScriptedAnthropic:
    return ScriptedAnthropic(in_turn(Answer(text="Hello.")))


@pytest.fixture
def gpt() -> ScriptedOpenAI:
    return ScriptedOpenAI(in_turn(Answer(text="Hello.")))


@pytest.fixture
async def claude_url(claude: ScriptedAnthropic) -> AsyncIterator[str]:
    async with serving(claude.app) as url:
        yield url


@pytest.fixture
async def gpt_url(gpt: ScriptedOpenAI) -> AsyncIterator[str]:
    async with serving(gpt.app) as url:
        yield f"{url}/v1"


@pytest.fixture
def request_() -> MessageRequest:
    return MessageRequest(messages=(user("Hi"),), model="claude-opus-5-5")
