"""A rehearsed model calls what it was offered, and takes only schemas that its vendor takes."""

import pytest
from pydantic import SecretStr
from tamma_core.domain.errors import TammaError
from tamma_core.domain.messages import JsonObject, MessageRequest, Tool, user
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.offered_tools import UnfitCall
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, AskedTool, Broken, Reply, in_turn
from tamma_providers.testing.serving import serving

PATH: JsonObject = {
    "type": "object",
    "properties": {"path": {"$ref": "#/$defs/Path"}},
    "required": ["path"],
    "$defs": {"Path": {"type": "string", "maxLength": 9}},
}
KINDS = {"anthropic": ScriptedAnthropic, "openai": ScriptedOpenAI}


async def ask(kind: str, reply: Reply, schema: JsonObject) -> TammaError | None:
    """Offer one tool to a model that will answer this; answer how the call failed."""
    async with serving(KINDS[kind](in_turn(reply)).app) as url:
        base_url = url if kind == "anthropic" else f"{url}/v1"
        options = ProviderOptions()
        provider = open_provider(
            "scripted", kind=kind, model="m", api_key=SecretStr("k"), base_url=base_url, options=options
        )
        request = MessageRequest(messages=(user("Hi"),), model="m", tools=(Tool("read", "Read.", schema),))
        try:
            _ = [chunk async for chunk in provider.send_message(request)]
        except TammaError as error:
            return error
        finally:
            await provider.dispose()
        return None


def read(arguments: JsonObject) -> AskedTool:
    """Call the tool that is offered."""
    return AskedTool(name="read", arguments=arguments)


UNFIT: dict[str, tuple[Reply, str]] = {
    "a missing argument": (Answer(tools=(read({}),)), "'path' is a required property"),
    "another type": (Answer(tools=(read({"path": ["a"]}),)), r"\$\.path: \['a'\] is not of type 'string'"),
    "too long": (Answer(tools=(read({"path": "a" * 10}),)), "is too long"),
    "another tool": (Answer(tools=(AskedTool(name="write"),)), "`write` was not offered, but read"),
    "the second call": (Answer(tools=(read({"path": "a"}), read({}))), "required property"),
    "in an answer that breaks off": (Broken(how="clean", answer=Answer(tools=(read({}),))), "required property"),
}
MADE = [read({"path": "a.py"}), AskedTool(name="read", unfit=True), AskedTool(name="read", raw='{"path": ')]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", UNFIT)
async def test_a_call_that_does_not_fit_fails_the_rehearsal(kind: str, name: str) -> None:
    """Whatever the test makes of the answer, it ends by what is wrong with its script."""
    reply, problem = UNFIT[name]
    with pytest.raises(UnfitCall, match=problem):
        await ask(kind, reply, PATH)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tool", MADE, ids=["fits", "unfit", "no JSON"])
async def test_a_call_that_fits_or_is_to_be_no_good_is_made(kind: str, tool: AskedTool) -> None:
    """Stories of models that make mistakes say so."""
    assert await ask(kind, Answer(tools=(tool,)), PATH) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "schema",
    [{"type": "object", "properties": {"path": {"type": "text"}}}, {"type": "object", "required": "path"}, {}],
    ids=["an unknown type", "no list", "no object"],
)
async def test_a_schema_that_the_vendor_would_not_take_is_refused(kind: str, schema: JsonObject) -> None:
    """The provider sees what the vendor would say, and so does whoever wrote the schema."""
    error = await ask(kind, Answer(text="Hello."), schema)
    assert error is not None
    assert ("JSON schema is invalid" if kind == "anthropic" else "Invalid schema for function 'read'") in error.message
