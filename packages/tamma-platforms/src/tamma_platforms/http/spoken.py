"""Requests and answers as they are recorded: without what is secret or says nothing."""

import base64
from collections.abc import Mapping
from typing import Self

import httpx2
from tamma_core.domain.record import Record

from tamma_platforms.http.call import Answer

_UNTOLD = frozenset({"authorization", "cookie", "set-cookie", "date", "connection", "keep-alive", "transfer-encoding"})


class Spoken(Record, frozen=True, kw_only=True):
    """Hold an answer whose body is text, or bytes in base 64."""

    status: int
    headers: Mapping[str, str]
    text: str = ""
    base64: str = ""

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Write an answer down."""
        headers = {name: value for name, value in answer.headers.items() if name not in _UNTOLD}
        try:
            return cls(status=answer.status, headers=headers, text=answer.content.decode())
        except UnicodeDecodeError:
            return cls(status=answer.status, headers=headers, base64=base64.b64encode(answer.content).decode())

    def answer(self) -> Answer:
        """Read the answer."""
        content = base64.b64decode(self.base64) if self.base64 else self.text.encode()
        return Answer(status=self.status, headers=self.headers, content=content)


def spell(request: httpx2.Request) -> str:
    """Spell all that is sent but the account."""
    accept = request.headers.get("accept", "")
    return f"{request.method} {request.url}\naccept: {accept}\n\n{request.content.decode(errors='replace')}"
