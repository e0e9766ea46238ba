"""Calls to one Gitea with its refusals turned into errors."""

from collections.abc import AsyncIterator, Sequence

from tamma_core.domain.errors import NotFound, TammaError, Unavailable

from tamma_platforms.gitea.errors import refusal
from tamma_platforms.http.call import Answer, Call
from tamma_platforms.http.fields import Fields
from tamma_platforms.http.session import Session

NOT_FOUND = 404


class GiteaApi:
    """Send calls and answer parsed JSON."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def call(self, call: Call) -> object:
        """Answer the JSON of a call that must succeed; none where there is no body."""
        return _parsed(call, await self._session.send(call))

    async def text(self, call: Call) -> str | None:
        """Answer the text of a call, empty where there is no such thing, none for an error that the call understands."""
        answer = await self._session.send(call)
        if answer.status == NOT_FOUND:
            return ""
        if call.means is not None and call.means(answer.status, answer.content):
            return None
        if not answer.succeeded:
            raise refusal(call, answer)
        return answer.content.decode(errors="replace")

    async def find(self, call: Call) -> object | None:
        """Answer as `call` does, or none where there is no such thing."""
        answer = await self._session.send(call)
        return None if answer.status == NOT_FOUND else _parsed(call, answer)

    async def found(self, call: Call, missing: str, hint: str) -> object:
        """Answer as `call` does; raise `NotFound` with these words where there is no such thing."""
        value = await self.find(call)
        if value is None:
            raise NotFound(missing, hint=hint)
        return value

    async def page(self, call: Call, number: int) -> tuple[Sequence[object], int]:
        """Answer one page of a list and how long the whole list is; 404 raises `NotFound`."""
        query = {**call.query, "page": str(number)}
        answer = await self._session.send(Call(method=call.method, path=call.path, query=query))
        values = _listed(call, answer, "")
        total = answer.headers.get("x-total-count", "")
        return values, int(total) if total.isdecimal() else len(values)

    async def each(self, call: Call, key: str = "") -> AsyncIterator[object]:
        """Yield the entries of all pages; `key` names the list inside an object."""
        async for answer in self._session.pages(call, lambda page: _listed(call, page, key)):
            for value in _listed(call, answer, key):
                yield value

    async def aclose(self) -> None:
        """Close connections."""
        await self._session.aclose()


def _parsed(call: Call, answer: Answer) -> object:
    if not answer.succeeded:
        raise refusal(call, answer)
    return answer.json() if answer.content else None


def _listed(call: Call, answer: Answer, key: str) -> Sequence[object]:
    value = _parsed(call, answer)
    if key:
        value = Fields(value, str(call)).raw_list(key)
    if not isinstance(value, list):
        raise _no_list(call)
    return value


def _no_list(call: Call) -> TammaError:
    return Unavailable(f"{call}: the answer is not a list", hint="is this address a Gitea of a known version?")
