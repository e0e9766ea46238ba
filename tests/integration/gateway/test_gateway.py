"""Agents inside the sandbox reach a model through the gateway, by the vendors' own SDKs, and stop at the cap."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from integration.verification.conftest import host_path
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tamma_core.domain.agent import ModelAsked
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.sent import Sent
from tamma_core.domain.usage import Price
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.ai_provider import ModelChoice
from tamma_core.ports.budget import Scope
from tamma_core.ports.sandbox import Mount, ProcessLimits, ProxySocket, SandboxSpec
from tamma_core.record.questions import Questions
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path
from tamma_core.system import SystemClock
from tamma_providers.gateway.gateway import Gateway
from tamma_providers.gateway.metering import Meter
from tamma_providers.gateway.reports import Tell
from tamma_providers.gateway.service import LONGEST_REFUSED, MOST_REFUSED
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.openai import ScriptedOpenAI
from tamma_providers.testing.replies import Answer, Broken, HttpFailure, Reply, in_turn
from tamma_providers.testing.scripted import ScriptedModel
from tamma_providers.testing.serving import serving
from tamma_store.store import open_store

KEY = "the-key-of-the-vendor-4711"
HIDDEN = "9f2c71d0b5e84a63c1f7082ad94be653"
MODEL = "model-1"
PRICE = Price(input_usd=Decimal(1), output_usd=Decimal(10))
SAID = Answer(text="Hello from upstream.", input_tokens=100, output_tokens=50)
SCOPE = "task:t1"
KINDS: dict[str, type[ScriptedModel]] = {"anthropic": ScriptedAnthropic, "openai": ScriptedOpenAI}


@dataclass
class Place:
    """Hold an open gateway, the model behind it, and what it told."""

    model: ScriptedModel
    admit: Callable[[SandboxSpec], SandboxSpec]
    spent: Callable[[], object]
    told: list[ModelAsked] = field(default_factory=list)

    async def run(self, root: Path, code: str) -> str:
        """Run Python with the SDKs in the sandbox, with the gateway as its only way out."""
        environment = {"PATH": host_path()}
        spec = SandboxSpec(
            argv=("python3", "-c", code),
            cwd=str(root),
            mounts=(*toolchain_mounts(environment), Mount(root, str(root), writable=True)),
            environment={"PATH": toolchain_path(environment)},
            limits=ProcessLimits(time_s=60),
        )
        process = await Bubblewrap().start(self.admit(spec))
        return b"".join([chunk async for chunk in process.output()]).decode()

    async def post(self, body: object, path: str = "/v1/messages") -> httpx2.Response:
        """Ask as an agent that speaks HTTP itself."""
        spec = self.admit(SandboxSpec(argv=("true",), cwd="/", mounts=()))
        assert isinstance(spec.network, ProxySocket)
        transport = httpx2.AsyncHTTPTransport(uds=str(spec.network.path))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            return await client.post(path, content=content, headers={"x-api-key": "mine", "x-evil": "1"})


Opener = Callable[..., AbstractAsyncContextManager[Place]]


@asynccontextmanager
async def opened(
    root: Path,
    kind: str,
    *replies: Reply,
    cap_usd: str = "5",
    app: Starlette | None = None,
    model: ScriptedModel | None = None,
    tell: Tell | None = None,
) -> AsyncIterator[Place]:
    """Open a gateway before a rehearsed model."""
    model = model or KINDS[kind](in_turn(*(replies or (SAID,))), key=KEY)
    scope = Scope(name=SCOPE, cap_usd=Decimal(cap_usd), cap_tokens=None)
    store = await open_store(root / "store", clock=SystemClock(), mask=lambda text: text)
    told: list[ModelAsked] = []

    async def note(report: ModelAsked) -> None:
        told.append(report)

    async with serving(app or model.app) as url:
        provider = open_provider(
            "upstream",
            kind=kind,
            model=MODEL,
            api_key=SecretStr(KEY),
            base_url=url if kind == "anthropic" else f"{url}/v1",
            options=ProviderOptions(prices={MODEL: PRICE}),
        )
        choice = ModelChoice(
            provider=provider, model=MODEL, price=PRICE, max_context_tokens=9999, max_output_tokens=1000
        )
        gateway = Gateway([choice], Meter(store.budget, lambda: [scope]), mask=Redactor([HIDDEN, KEY]).mask)
        try:
            async with gateway.open(tell or note) as admit:
                yield Place(model, admit, lambda: store.budget.spent(SCOPE), told)
        finally:
            await store.aclose()


async def spent(place: Place) -> tuple[Decimal | None, int]:
    amount = await place.spent()  # type: ignore[misc]
    return amount.usd, amount.tokens


ASK = "messages=[{'role': 'user', 'content': 'hi'}]"
ANTHROPIC = f"""
import anthropic
with anthropic.Anthropic(max_retries=2).messages.stream(model='{MODEL}', max_tokens=99, {ASK}) as stream:
    print(stream.get_final_text())
"""
OPENAI = f"""
import openai
for chunk in openai.OpenAI(max_retries=2).chat.completions.create(model='{MODEL}', stream=True, {ASK}):
    print(chunk.choices[0].delta.content or '' if chunk.choices else '', end='')
print()
"""
SDKS = [("anthropic", ANTHROPIC), ("openai", OPENAI)]


@pytest.mark.parametrize(("kind", "code"), SDKS)
async def test_the_sdks_work_through_it_from_inside(tmp_path: Path, kind: str, code: str) -> None:
    """The vendor's SDK in the sandbox streams an answer; the key is added outside, and the price is settled exactly."""
    async with opened(tmp_path, kind) as place:
        assert await place.run(tmp_path, code) == "Hello from upstream.\n"
    assert place.model.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in place.model.requests[0].headers
    usage = place.told[0].usage
    assert (usage.output_tokens, place.told[0].cost_usd) == (50, PRICE.cost(usage))
    assert place.told[0].status == 200
    assert "hi" in place.told[0].request.new
    assert "Hello" in place.told[0].answer


@pytest.mark.parametrize(("kind", "code"), SDKS)
async def test_settles_what_was_used(tmp_path: Path, kind: str, code: str) -> None:
    """After the answer, exactly its tokens and its price are spent, and nothing is set aside any more."""
    async with opened(tmp_path, kind) as place:
        await place.run(tmp_path, code)
        usage = place.told[0].usage
        assert await spent(place) == (PRICE.cost(usage), usage.total_tokens)


CAUGHT = """
try:
{code}
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(("kind", "code", "name"), [(*SDKS[0], "PaymentRequiredError"), (*SDKS[1], "RateLimitError")])
async def test_refuses_above_the_cap_in_the_vendors_words(tmp_path: Path, kind: str, code: str, name: str) -> None:
    """The SDK raises its own error for money that is used up, at once, and the vendor is not asked."""
    inside = CAUGHT.format(code="\n".join(f"    {line}" for line in code.splitlines()))
    async with opened(tmp_path, kind, cap_usd="0.00001") as place:
        said = await place.run(tmp_path, inside)
        assert said.startswith(name), said
        assert "Tamma's budget is used up" in said
        assert place.model.requests == []
        assert await spent(place) == (Decimal(0), 0)


async def test_nothing_inside_knows_the_key(tmp_path: Path) -> None:
    """Neither the environment nor any file that the agent can read holds it."""
    async with opened(tmp_path / "other", "anthropic") as place:
        (tmp_path / "tree").mkdir()
        said = await place.run(tmp_path / "tree", "import os; print(dict(os.environ))")
        assert "ANTHROPIC_BASE_URL" in said
        assert KEY not in said
        words = f"'{KEY[:10]}' + '{KEY[10:]}', '/run', '/tmp', '/etc', '/tamma', '.', *glob.glob('/proc/*/environ')"
        look = f"import glob, subprocess as s; print(s.run(['grep', '-rls', {words}], capture_output=True).stdout)"
        assert await place.run(tmp_path / "tree", look) == "b''\n"


def asked(**more: object) -> dict[str, object]:
    return {"model": MODEL, "max_tokens": 10, "stream": True, "messages": [{"role": "user", "content": "hi"}], **more}


def with_block(**block: object) -> dict[str, object]:
    return asked(messages=[{"role": "user", "content": [block]}])


REFUSED: Mapping[str, tuple[object, str]] = {
    "another model": (asked(model="dearer"), "may use the models model-1 only"),
    "no model": ({"messages": []}, "may use the models"),
    "tools that the vendor runs": (asked(tools=[{"type": "web_search_20250305", "name": "web_search"}]), "vendor runs"),
    "servers of tools": (asked(mcp_servers=[{"url": "https://evil.example.org"}]), "`mcp_servers`"),
    "a dearer tier": (asked(service_tier="priority"), "`service_tier`"),
    "several answers": (asked(n=9), "`n`"),
    "an image by address": (
        with_block(type="image", source={"type": "url", "url": "https://evil.example.org"}),
        "address",
    ),
    "an image by address in a result": (
        with_block(type="tool_result", content=[{"type": "image", "source": {"type": "url", "url": "https://e.org"}}]),
        "address",
    ),
    "a document": (with_block(type="document", source={"type": "url", "url": "https://e.org"}), "kind `document`"),
    "a negative bound": (asked(max_tokens=-1), "number of tokens"),
    "an endless bound": (asked(max_tokens="all"), "number of tokens"),
    "no JSON": (b"{", "not JSON"),
    "a list": ([], "not a JSON object"),
    "a nest": (b"[" * 100_000, "not JSON"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_passes_only_what_it_can_count(tmp_path: Path, name: str) -> None:
    """What costs more than was set aside, or reaches the network by way of the vendor, is refused and not asked."""
    body, reason = REFUSED[name]
    async with opened(tmp_path, "anthropic") as place:
        answer = await place.post(body)
        assert answer.status_code in {400, 404}
        assert answer.json()["type"] == "error"
        assert reason in answer.json()["error"]["message"]
        assert place.model.requests == []
        assert await spent(place) == (Decimal(0), 0)


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/files", "/v1/messages/batches", "/v1/messages/", "//v1/messages", "/v1/../v1/files"]
)
async def test_serves_one_path(tmp_path: Path, path: str) -> None:
    """Files, batches and whatever else the vendor's key opens stay shut."""
    async with opened(tmp_path, "anthropic") as place:
        answer = await place.post(asked(), path)
        assert answer.status_code == 404
        assert place.model.requests == []


async def test_lowers_a_bound_that_is_above_the_models(tmp_path: Path) -> None:
    """Agents that do not know the model ask for far more than it gives; no more is set aside than it can cost."""
    async with opened(tmp_path, "anthropic", cap_usd="0.02") as place:
        assert (await place.post(asked(max_tokens=128_000))).status_code == 200
        assert place.model.requests[0].json["max_tokens"] == 1000


async def test_refuses_a_flood(tmp_path: Path) -> None:
    """A request that is too large is cut off before it is held in memory."""
    async with opened(tmp_path, "anthropic") as place:
        answer = await place.post(b'"' + b"x" * (33 << 20))
        assert answer.status_code == 413
        assert place.model.requests == []


async def test_refused_requests_fill_no_disk(tmp_path: Path) -> None:
    """Of one that does not pass the beginning is told, without half a secret at its end, and not of each one without end."""
    async with opened(tmp_path, "anthropic") as place:
        token = "ghp_" + "a1B2" * 9  # known by its form alone
        await place.post(b" " * (LONGEST_REFUSED - 20) + token.encode() + b" " * LONGEST_REFUSED)
        for _ in range(MOST_REFUSED):
            assert (await place.post(b"{")).status_code == 400
    assert token[:10] not in place.told[0].request.new
    assert len(place.told[0].request.new) < LONGEST_REFUSED
    assert len(place.told) == MOST_REFUSED


async def test_asks_in_openais_words_only_for_what_is_counted(tmp_path: Path) -> None:
    """Usage is asked for where the vendor tells it only when asked, and an unbounded answer gets a bound."""
    async with opened(tmp_path, "openai") as place:
        body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
        await place.post(body, "/v1/chat/completions")
        sent = place.model.requests[0].json
        assert sent["stream_options"] == {"include_usage": True}
        assert sent["max_completion_tokens"] == 1000
        image = {"type": "image_url", "image_url": {"url": "https://evil.example.org/x.png"}}
        answer = await place.post({**body, "messages": [{"role": "user", "content": [image]}]}, "/v1/chat/completions")
        assert "fetched by the vendor" in answer.json()["error"]["message"]


async def test_takes_secrets_out_of_what_is_sent_and_told(tmp_path: Path) -> None:
    """A secret that an agent found does not reach the vendor, and neither does it reach the journal."""
    async with opened(tmp_path, "anthropic") as place:
        await place.post(asked(messages=[{"role": "user", "content": f"the token is {HIDDEN}"}]))
        assert HIDDEN.encode() not in place.model.requests[0].body
        assert "x-evil" not in place.model.requests[0].headers
    assert HIDDEN not in place.told[0].request.new


async def test_an_answer_that_breaks_off_stays_spent(tmp_path: Path) -> None:
    """What a broken answer cost is not known, and so its worst case counts."""
    async with opened(tmp_path, "anthropic", Broken(how="abrupt", after_events=5)) as place:
        answer = await place.post(asked(max_tokens=500))
        assert "broke off" in answer.text
    assert place.told[0].cost_usd is None
    async with opened(tmp_path, "anthropic") as place:
        usd, tokens = await spent(place)
        assert usd is not None
        assert usd > Decimal("0.005")
        assert tokens > 500


async def test_a_refusal_of_the_vendor_costs_nothing_and_passes(tmp_path: Path) -> None:
    """The agent sees status, body and when to come again, without the key that a server repeats."""
    failure = HttpFailure(status=429, body={"error": {"message": f"slow, {KEY}"}}, headers={"retry-after": "7"})
    async with opened(tmp_path, "anthropic", failure) as place:
        answer = await place.post(asked())
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
        assert KEY not in answer.text
        assert await spent(place) == (Decimal(0), 0)


async def test_a_vendor_that_fails_repeatedly_is_left_alone(tmp_path: Path) -> None:
    """The agent is told when to come again, and nothing is passed on until then."""
    failure = HttpFailure(status=500, body={"error": {"message": "down"}})
    async with opened(tmp_path, "anthropic", failure) as place:
        answers = [await place.post(asked()) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [500] * 5 + [503]
        assert 290 < int(answers[-1].headers["retry-after"]) <= 300
        assert "failed repeatedly" in answers[-1].text
        assert len(place.model.requests) == 5
        assert await spent(place) == (Decimal(0), 0)


def whole(body: JsonObject) -> Starlette:
    """Answer without streaming."""

    async def respond(_: Request) -> JSONResponse:
        return JSONResponse(body)

    paths: Sequence[str] = ("/v1/messages", "/v1/chat/completions")
    return Starlette(routes=[Route(path, respond, methods=["POST"]) for path in paths])


async def test_counts_an_answer_that_comes_as_a_whole(tmp_path: Path) -> None:
    """Agents that do not stream are counted from the usage in the body, in both dialects."""
    message: JsonObject = {
        "type": "message",
        "id": "m",
        "model": MODEL,
        "content": [],
        "usage": {"input_tokens": 7, "output_tokens": 3},
    }
    async with opened(tmp_path / "a", "anthropic", app=whole(message)) as place:
        assert (await place.post(asked(stream=False))).json() == message
        assert await spent(place) == (Decimal("0.000037"), 10)
    chat: JsonObject = {
        "id": "c",
        "model": MODEL,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    async with opened(tmp_path / "b", "openai", app=whole(chat)) as place:
        assert (await place.post(asked(stream=False), "/v1/chat/completions")).json() == chat
        assert await spent(place) == (Decimal("0.000037"), 10)


async def test_every_call_is_told(tmp_path: Path) -> None:
    """What was answered, refused by whomever, or broke off is told in order, each with what it cost as far as that is known."""
    replies = (SAID, HttpFailure(status=529, body={"error": {}}), Broken(how="abrupt", after_events=5), SAID)
    async with opened(tmp_path, "anthropic", *replies) as place:
        await place.post({}, "/v1/files")
        for model in (MODEL, MODEL, "dearer", MODEL, MODEL):
            await place.post(asked(model=model))
        await place.post(b"x" * (33 << 20))
    told = [(report.model, report.status, report.complete, report.cost_usd) for report in place.told]
    answered, refused = PRICE.cost(place.told[1].usage), Decimal(0)
    assert told == [
        ("", 404, True, refused),
        (MODEL, 200, True, answered),
        (MODEL, 529, True, refused),
        ("", 404, True, refused),
        (MODEL, 200, False, None),
        (MODEL, 200, True, answered),
        ("", 413, True, refused),
    ]
    assert place.told[0].request.new == "POST /v1/files"
    assert "dearer" in place.told[3].request.new
    assert "message_start" in place.told[4].answer
    sent = [report.request for report in place.told]
    assert whole_texts(sent)[1] == place.model.requests[0].body.decode()
    assert len(sent[2].new) < len(whole_texts(sent)[2]) // 4


def whole_texts(sent: Sequence[Sent]) -> list[str]:
    """Put requests together from what was new in each."""
    questions = Questions()
    return [questions.restore("model", one) for one in sent]


@pytest.mark.parametrize("streams", [True, False])
async def test_an_answer_ends_once_it_is_told(tmp_path: Path, streams: bool) -> None:
    """The agent has no whole answer before it is journaled, and so does nothing by it."""
    happened: list[str] = []

    async def tell(_: ModelAsked) -> None:
        for _round in range(1000):  # rounds of the loop in which an answer that is not held back arrives
            await asyncio.sleep(0)
        happened.append("journaled")

    app = None if streams else whole({"type": "message", "content": [], "usage": {}})
    async with opened(tmp_path, "anthropic", app=app, tell=tell) as place:
        await place.post(asked(stream=streams))
        happened.append("answered")
    assert happened == ["journaled", "answered"]


async def test_a_call_that_nobody_waits_for_is_told(tmp_path: Path) -> None:
    """A call that was still going on at the end is in the journal too, with its price unknown."""
    arrived = asyncio.Event()

    async def respond(_: Request) -> JSONResponse:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    app = Starlette(routes=[Route("/v1/messages", respond, methods=["POST"])])
    async with opened(tmp_path, "anthropic", app=app) as place:
        asking = asyncio.create_task(place.post(asked(stream=False)))
        await arrived.wait()
    assert (await asking).is_error
    assert [(report.status, report.complete, report.cost_usd) for report in place.told] == [(0, False, None)]


async def test_a_secret_in_pieces_is_not_told(tmp_path: Path) -> None:
    """A model that says a secret piece by piece puts it together neither in the journal."""
    async with opened(tmp_path, "anthropic", Answer(text=f"It is {HIDDEN}!", piece_chars=5)) as place:
        await place.post(asked())
    said = place.told[0].answer
    pieces = [
        json.loads(line[6:]).get("delta", {}).get("text", "") for line in said.splitlines() if line[:5] == "data:"
    ]
    assert "It is" in "".join(pieces)
    assert HIDDEN not in "".join(pieces)


async def test_half_a_character_passes_as_none(tmp_path: Path) -> None:
    """Agents send output of programs that is no text; it costs neither the call nor the money."""
    async with opened(tmp_path, "anthropic") as place:
        answer = await place.post(asked(messages=[{"role": "user", "content": "half \ud800"}]))
        assert answer.status_code == 200
        assert "half ?" in place.model.requests[0].body.decode()
