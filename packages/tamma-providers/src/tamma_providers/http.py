"""The connection that the official SDKs use: ours, so that nothing on the host changes where it goes or what it carries."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from tamma_core.domain.breaker import Breaker

from tamma_providers.options import ProviderOptions

if TYPE_CHECKING:
    import httpx2

_OURS = {
    "accept",
    "accept-encoding",
    "anthropic-version",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
}


class Closable(Protocol):
    """A client of an SDK."""

    async def close(self) -> None:
        """Close its connections."""
        ...


Client = TypeVar("Client", bound=Closable)


class Clients(Generic[Client]):
    """Keep one client per event loop: a connection must not outlive the loop that opened it."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

    def get(self) -> Client:
        """Answer the client of the running loop, made when first asked for."""
        loop = asyncio.get_running_loop()
        client = self._by_loop.get(loop)
        if client is None:
            client = self._by_loop[loop] = self._make()
        return client

    async def close(self) -> None:
        """Close the client of the running loop; those of other loops went with them."""
        client = self._by_loop.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()


def fixed_headers(key: str, extra: Mapping[str, str]) -> Callable[["httpx2.Request"], Awaitable[None]]:
    """Make a hook that drops each header neither ours nor configured: SDKs add those of `*_CUSTOM_HEADERS` of the host.

    The key goes out as `Authorization: Bearer KEY`, or not at all when there is none.
    """
    allowed = _OURS | {name.lower() for name in extra}

    async def fix(request: "httpx2.Request") -> None:
        for name in [name for name in request.headers if name.lower() not in allowed]:
            del request.headers[name]
        if key:
            request.headers["authorization"] = f"Bearer {key}"
        for name, value in extra.items():
            request.headers[name] = value

    return fix


def open_client(base_url: str, key: str, options: ProviderOptions, breaker: Breaker) -> "httpx2.AsyncClient":
    """Open a client that checks certificates, follows no redirect and leaves a broken server alone.

    Proxies of the environment are used for https only: a model server on this machine is never asked through one.
    """
    import httpx2

    from tamma_providers.heard import HeardClient

    patience = options.patience
    return HeardClient(
        breaker,
        follow_redirects=False,
        trust_env=base_url.startswith("https:"),
        timeout=httpx2.Timeout(patience.first_event_s, connect=patience.connect_s),
        event_hooks={"request": [fixed_headers(key, options.headers)]},
    )
