"""The official SDKs as judges of the rehearsed servers: what they parse is what the vendors speak."""

import anthropic
import openai
import pytest
from tamma_core.testing.provider_contract import PATH, SAID, Scene
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, AskedTool, in_turn
from tamma_providers.testing.serving import serving
from tamma_providers.testing.stages import ANTHROPIC, OPENAI

FULL = Answer(
    thinking="First this.", text=SAID, tools=(AskedTool(name="read_file", arguments={"path": PATH}),), piece_bytes=7
)
ASK = "Hi"
PATHS: dict[str, object] = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


async def test_anthropic_sdk_accumulates_the_answer() -> None:
    """The SDK's own accumulating helper reads thinking, text, call and usage from the rehearsed server."""
    async with (
        serving(ScriptedAnthropic(in_turn(FULL), key="k").app) as url,
        anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client,
        client.messages.stream(
            model="claude-opus-5-5",
            max_tokens=99,
            messages=[{"role": "user", "content": ASK}],
            tools=[{"name": "read_file", "input_schema": PATHS}],
        ) as stream,
    ):
        message = await stream.get_final_message()
    thinking, text, call = message.content
    assert thinking.type == "thinking"
    assert thinking.signature
    assert text.type == "text"
    assert text.text == SAID
    assert call.type == "tool_use"
    assert call.input == {"path": PATH}
    assert message.stop_reason == "tool_use"
    assert message.usage.input_tokens > 0


async def test_openai_sdk_accumulates_the_answer() -> None:
    """The SDK's own accumulating helper reads text, call and usage from the rehearsed server."""
    async with (
        serving(ScriptedOpenAI(in_turn(FULL), key="k").app) as url,
        openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
        client.chat.completions.stream(
            model="gpt-6-luna",
            messages=[{"role": "user", "content": ASK}],
            tools=[{"type": "function", "function": {"name": "read_file", "parameters": PATHS}}],
            stream_options={"include_usage": True},
        ) as stream,
    ):
        completion = await stream.get_final_completion()
    message = completion.choices[0].message
    assert message.content == SAID
    assert message.tool_calls
    assert message.tool_calls[0].function.name == "read_file"
    assert completion.usage is not None
    assert completion.usage.prompt_tokens > 0


async def test_anthropic_sdk_raises_its_own_errors() -> None:
    """Failures of the rehearsed server are those that the SDK has classes for."""
    expected: dict[Scene, type[anthropic.APIStatusError]] = {
        "slow down": anthropic.RateLimitError,
        "overloaded": anthropic.OverloadedError,
        "overflow": anthropic.BadRequestError,
    }
    for scene, kind in expected.items():
        async with (
            serving(ScriptedAnthropic(in_turn(ANTHROPIC[scene])).app) as url,
            anthropic.AsyncAnthropic(api_key="k", base_url=url, max_retries=0) as client,
        ):
            with pytest.raises(kind):
                await client.messages.create(
                    model="claude-opus-5-5", max_tokens=9, messages=[{"role": "user", "content": ASK}], stream=True
                )


async def test_openai_sdk_raises_its_own_errors() -> None:
    """Failures of the rehearsed server, also those inside a stream, are those that the SDK has classes for."""
    async with (
        serving(ScriptedOpenAI(in_turn(OPENAI["no quota"], OPENAI["error after content"])).app) as url,
        openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1", max_retries=0) as client,
    ):
        with pytest.raises(openai.RateLimitError) as told:
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": ASK}], stream=True)
        assert told.value.code == "insufficient_quota"
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": ASK}], stream=True
        )
        with pytest.raises(openai.APIError, match="overloaded"):
            _ = [chunk async for chunk in stream]
