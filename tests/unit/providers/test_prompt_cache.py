"""Prompt caching, on both sides of the wire."""

from tamma_core.domain.messages import Message, MessageRequest, Tool, ToolResult, user
from tamma_providers.collecting import collect
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.prompt_cache import PromptCache, extends
from tamma_providers.testing.replies import Answer, AskedTool, in_turn
from tamma_providers.testing.scripted import ScriptedModel

READ = Tool("read_file", "Read a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
TURN = Answer(text="I look.", thinking="Hm.", tools=(AskedTool(name="read_file", arguments={"path": "a.py"}),))


async def converse(kind: str, url: str, turns: int) -> int:
    """Run a loop of tool calls; answer the cached tokens that the provider was told of."""
    provider = open_provider("p", kind=kind, model="claude-opus-5-5", base_url=url)
    messages: tuple[Message, ...] = (user("Repair it."),)
    cached = 0
    for turn in range(turns):
        request = MessageRequest(messages=messages, model="claude-opus-5-5", system_prompt="S" * 2000, tools=(READ,))
        end = await collect(provider.send_message(request))
        results = tuple(ToolResult(call.id, f"line {turn}\n" * 50) for call in end.message.tool_calls)
        messages = (*messages, end.message, Message("user", results))
        cached += end.usage.cache_read_tokens
    await provider.dispose()
    return cached


async def check(model: ScriptedModel, kind: str, url: str) -> None:
    """Hold a conversation against the server's account of it."""
    cached = await converse(kind, url, turns=6)
    assert model.not_extending() == 0
    assert cached == sum(recorded.counted.read for recorded in model.requests)
    assert model.cached_share() > 0.6


async def test_anthropic_requests_extend_each_other(claude: ScriptedAnthropic, claude_url: str) -> None:
    """Over a conversation with tools no byte sent before changes, and the cache carries most of the input."""
    claude.respond = in_turn(TURN)
    await check(claude, "anthropic", claude_url)


async def test_openai_requests_extend_each_other(gpt: ScriptedOpenAI, gpt_url: str) -> None:
    """The same in the other dialect."""
    gpt.respond = in_turn(TURN)
    await check(gpt, "openai", gpt_url)


def test_only_marked_prefixes_are_cached() -> None:
    """Without a mark nothing is written and nothing read; with one, the next request reads what this one wrote."""
    cache = PromptCache()
    plain = {"messages": [{"role": "user", "content": "x" * 400}]}
    assert (cache.count(plain).read, cache.count(plain).read, cache.count(plain).written) == (0, 0, 0)
    first = cache.count({**plain, "cache_control": {"type": "ephemeral"}})
    longer = [*plain["messages"], {"role": "assistant", "content": "y" * 400}]
    second = cache.count({"messages": longer, "cache_control": {"type": "ephemeral"}})
    assert (first.read, first.written) == (0, first.total)
    assert (second.read, second.fresh) == (first.written, 0)
    changed = cache.count({"system": "new", "messages": longer, "cache_control": {"type": "ephemeral"}})
    assert changed.read == 0


def test_extending_is_a_matter_of_bytes() -> None:
    """Only messages added at the end count as extending; a changed byte anywhere else does not."""
    earlier = b'{"max_tokens":9,"messages":[{"a":1}],"model":"m"}'
    assert extends(earlier, b'{"max_tokens":9,"messages":[{"a":1},{"b":2}],"model":"m"}')
    assert extends(earlier, earlier)
    assert not extends(earlier, b'{"max_tokens":9,"messages":[{"a":2},{"b":2}],"model":"m"}')
    assert not extends(earlier, b'{"max_tokens":9,"messages":[{"a":1},{"b":2}],"model":"n"}')
    assert not extends(earlier, b'{"max_tokens":8,"messages":[{"a":1},{"b":2}],"model":"m"}')
