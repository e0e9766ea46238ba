"""Measure a model call of 200 chunks, and the import of a provider, beside the bare SDKs and raw HTTP, in one run.

Run: `python bench/providers.py [--calls N] [--rounds N]`. Each figure is of a fresh process; the server is another one.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from tamma_core.domain.messages import JsonObject

CHUNKS = 200
TEXT = "abcdefghijklmnopqrstuvwx" * CHUNKS
MODELS = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6-luna"}
WAYS = ("raw", "sdk", "tamma")
IMPORTS = {
    "anthropic: bare SDK": "from anthropic import AsyncAnthropic",
    "anthropic: Tamma": "import tamma_providers.anthropic.adapter, tamma_providers.registry\nfrom anthropic import AsyncAnthropic",
    "anthropic: Tamma, before the first use": "import tamma_providers.anthropic.adapter, tamma_providers.registry",
    "openai: bare SDK": "from openai import AsyncOpenAI",
    "openai: Tamma": "import tamma_providers.openai.adapter, tamma_providers.registry\nfrom openai import AsyncOpenAI",
}
Call = Callable[[], Awaitable[str]]


def cpu_s() -> float:
    """Answer the processor time of this process, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def replay(events: list[bytes]) -> "ASGIApp":
    """Make an app that answers each request with the same events, one write each, written beforehand."""

    async def app(_scope: "Scope", receive: "Receive", send: "Send") -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for event in events:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


async def serve() -> None:
    """Serve both dialects until standard input closes; print both addresses."""
    from tamma_providers.testing.anthropic import ScriptedAnthropic
    from tamma_providers.testing.openai import ScriptedOpenAI
    from tamma_providers.testing.prompt_cache import Counted
    from tamma_providers.testing.replies import Answer, in_turn
    from tamma_providers.testing.serving import serving

    answer = Answer(text=TEXT, piece_chars=len(TEXT) // CHUNKS)
    apps = {}
    for dialect, model in (
        ("anthropic", ScriptedAnthropic(in_turn(answer))),
        ("openai", ScriptedOpenAI(in_turn(answer))),
    ):
        asked: JsonObject = {"model": MODELS[dialect], "stream_options": {"include_usage": True}}
        apps[dialect] = replay([event.encode() for event in model.events(answer, asked, Counted(10, 0, 0))])
    async with serving(apps["anthropic"]) as first, serving(apps["openai"]) as second:
        print(json.dumps({"anthropic": first, "openai": f"{second}/v1"}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def raw(dialect: str, url: str) -> AsyncIterator[Call]:
    """Ask with plain HTTP and a parser of events: the floor."""
    import httpx2

    path = "/v1/messages" if dialect == "anthropic" else "/chat/completions"
    body = {
        "model": MODELS[dialect],
        "max_tokens": 8192,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    async with httpx2.AsyncClient(trust_env=False) as client:

        async def call() -> str:
            parts = []
            async with client.stream("POST", url + path, json=body) as response:
                async for event in httpx2.EventSource(response):
                    if event.data.startswith("[DONE]"):
                        break
                    data = json.loads(event.data)
                    if dialect == "anthropic" and data["type"] == "content_block_delta":
                        parts.append(data["delta"]["text"])
                    elif dialect == "openai" and data["choices"]:
                        parts.append(data["choices"][0]["delta"].get("content") or "")
            return "".join(parts)

        yield call


@asynccontextmanager
async def sdk(dialect: str, url: str) -> AsyncIterator[Call]:
    """Ask with the bare SDK, streaming its raw events."""
    if dialect == "anthropic":
        from anthropic import AsyncAnthropic

        claude = AsyncAnthropic(api_key="none", base_url=url, max_retries=0)

        async def call() -> str:
            stream = await claude.messages.create(
                model=MODELS[dialect],
                max_tokens=8192,
                messages=[{"role": "user", "content": "Hi"}],
                stream=True,
            )
            return "".join(
                [
                    event.delta.text
                    async for event in stream
                    if event.type == "content_block_delta" and event.delta.type == "text_delta"
                ]
            )

        yield call
        await claude.close()
        return
    from openai import AsyncOpenAI

    gpt = AsyncOpenAI(api_key="none", base_url=url, max_retries=0)

    async def call_openai() -> str:
        stream = await gpt.chat.completions.create(
            model=MODELS[dialect],
            max_completion_tokens=8192,
            messages=[{"role": "user", "content": "Hi"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    yield call_openai
    await gpt.close()


@asynccontextmanager
async def tamma(dialect: str, url: str) -> AsyncIterator[Call]:
    """Ask with our provider."""
    from tamma_core.domain.chunks import TextDelta
    from tamma_core.domain.messages import MessageRequest, user
    from tamma_providers.registry import open_provider

    model = MODELS[dialect]
    provider = open_provider(dialect, kind=dialect, model=model, base_url=url)
    request = MessageRequest(messages=(user("Hi"),), model=model)

    async def call() -> str:
        return "".join([chunk.delta async for chunk in provider.send_message(request) if type(chunk) is TextDelta])

    yield call
    await provider.dispose()


async def measure(way: str, dialect: str, url: str, calls: int) -> None:
    """Print processor and wall time of one call in milliseconds, as JSON."""
    opened = {"raw": raw, "sdk": sdk, "tamma": tamma}[way]
    async with opened(dialect, url) as call:
        for _ in range(5):
            if await call() != TEXT:
                raise SystemExit(f"{way} {dialect}: the text did not arrive whole")
        cpu, wall = cpu_s(), time.perf_counter()
        for _ in range(calls):
            await call()
        cpu, wall = cpu_s() - cpu, time.perf_counter() - wall
    print(json.dumps([1000 * cpu / calls, 1000 * wall / calls]))


def in_process(*arguments: str) -> list[float]:
    """Measure in a fresh process."""
    command = [sys.executable, str(Path(__file__)), *arguments]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(value) for value in json.loads(answer.stdout)]


def import_ms(code: str) -> float:
    """Answer the processor time of an import in milliseconds, in a fresh interpreter."""
    program = f"import time\n{code}\nprint([time.process_time() * 1000])"
    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return float(json.loads(answer.stdout)[0])


def medians(dialect: str, url: str, calls: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Answer processor and wall time of a call in milliseconds for each way, measured by turns."""
    figures: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            figures[way].append(in_process("--measure", way, dialect, url, "--calls", str(calls)))
    columns = {way: list(zip(*rows, strict=True)) for way, rows in figures.items()}
    return {way: (statistics.median(cpu), statistics.median(wall)) for way, (cpu, wall) in columns.items()}


def compare(urls: dict[str, str], calls: int, rounds: int) -> None:
    """Print one row for each way and dialect; rounds alternate, so that noise falls on all alike."""
    print(
        f"{'call of ' + str(CHUNKS) + ' chunks':<22} {'CPU ms':>8} {'wall ms':>8} {'CPU / SDK':>10} {'wall / SDK':>11}"
    )
    for dialect, url in urls.items():
        found = medians(dialect, url, calls, rounds)
        for way, (cpu, wall) in found.items():
            base = found["sdk"]
            print(f"{dialect + ' ' + way:<22} {cpu:>8.2f} {wall:>8.2f} {cpu / base[0]:>10.2f} {wall / base[1]:>11.2f}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Compare, or play the part of one of the processes."""
    wanted = arguments()
    if wanted.serve:
        asyncio.run(serve())
    elif wanted.measure:
        way, dialect, url = wanted.measure
        asyncio.run(measure(way, dialect, url, wanted.calls))
    else:
        with subprocess.Popen(
            [sys.executable, str(Path(__file__)), "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            if server.stdout is None or server.stdin is None:
                raise SystemExit("no pipe to the server")
            compare(json.loads(server.stdout.readline()), wanted.calls, wanted.rounds)
            server.stdin.close()
        print(f"\n{'import':<42} {'CPU ms':>8}")
        for name, code in IMPORTS.items():
            print(f"{name:<42} {statistics.median(import_ms(code) for _ in range(wanted.rounds)):>8.0f}")


if __name__ == "__main__":
    main()
