"""Conditional requests: a body is kept only to be confirmed by the forge, never to be served unasked."""

from collections import OrderedDict

import httpx2
from tamma_core.domain.record import Record

Key = tuple[str, str, str, str, str]
"""Account, host, method, URL and `Accept`: two accounts never share a body."""

_READS = frozenset({"GET", "HEAD"})


class Stored(Record, frozen=True):
    """Hold an answer that the forge named by an entity tag."""

    etag: str
    headers: list[tuple[str, str]]
    content: bytes


class EtagStore:
    """Keep answers, the least recently used going first."""

    def __init__(self, *, max_entries: int = 512, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._entries: OrderedDict[Key, Stored] = OrderedDict()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self.generation = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Stored | None:
        """Answer what is stored, and count it as used."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: Key, stored: Stored) -> None:
        """Store an answer and drop what no longer fits."""
        self.drop(key)
        if len(stored.content) > self._max_bytes // 4:
            return
        self._entries[key] = stored
        self._bytes += len(stored.content)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= len(oldest.content)

    def drop(self, key: Key) -> None:
        """Forget one answer."""
        dropped = self._entries.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped.content)

    def drop_account(self, account: str, host: str) -> None:
        """Forget all answers of an account at a host, and refuse those that are still on their way."""
        self.generation += 1
        for key in [key for key in self._entries if key[:2] == (account, host)]:
            self.drop(key)


class CacheTransport(httpx2.AsyncBaseTransport):
    """Revalidate each stored answer; a write of the account forgets all of them."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, store: EtagStore, account: str) -> None:
        self._inner = inner
        self._store = store
        self._account = account

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask with the known entity tag; answer the stored body when the forge confirms it."""
        if request.method not in _READS:
            return await self._write(request)
        key = self._key(request)
        known = self._store.get(key)
        if known is not None:
            request.headers["If-None-Match"] = known.etag
        generation = self._store.generation
        response = await self._inner.handle_async_request(request)
        if known is not None and response.status_code == httpx2.codes.NOT_MODIFIED:
            return httpx2.Response(200, headers=known.headers, content=known.content, request=request)
        etag = response.headers.get("etag")
        if etag and response.status_code == httpx2.codes.OK and generation == self._store.generation:
            self._store.put(key, Stored(etag, response.headers.multi_items(), response.content))
        else:
            self._store.drop(key)
        return response

    async def aclose(self) -> None:
        """Close the layers below."""
        await self._inner.aclose()

    async def _write(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._inner.handle_async_request(request)
        finally:
            self._store.drop_account(self._account, request.url.netloc.decode())

    def _key(self, request: httpx2.Request) -> Key:
        accept = request.headers.get("accept", "")
        return self._account, request.url.netloc.decode(), request.method, str(request.url), accept
