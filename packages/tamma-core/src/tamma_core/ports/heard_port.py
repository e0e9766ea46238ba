"""Adapters without a wire of their own: what is asked of them is heard call by call."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, TypeVar, get_type_hints

from tamma_core.codec import to_json
from tamma_core.ports.tape import heard, rolling

Adapter = TypeVar("Adapter", bound=type)
_OWN_MATTERS = frozenset({"initialize", "dispose", "git_remote"})
"""Nothing is asked of the world by these, and a remote bears a secret."""


def heard_by_call(*ports: type) -> Callable[[Adapter], Adapter]:
    """Have each call of these ports that an adapter answers heard as a whole."""

    def decorate(adapter: Adapter) -> Adapter:
        for port in ports:
            for name, declared in inspect.getmembers(port, inspect.iscoroutinefunction):
                if name not in _OWN_MATTERS and hasattr(adapter, name):
                    setattr(adapter, name, _heard(name, declared, getattr(adapter, name)))
        return adapter

    return decorate


def _heard(name: str, declared: Any, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def call(self: Any, *arguments: Any, **named: Any) -> Any:
        ask = partial(method, self, *arguments, **named)
        if rolling() is None:
            return await ask()
        hints = get_type_hints(declared)
        given = inspect.signature(declared).bind(self, *arguments, **named).arguments
        lines = [f"{key}: {to_json(value).decode()}" for key, value in given.items() if key != "self"]
        asked = "\n".join((name, *lines))
        if hints["return"] != bytes | None:
            return await heard("forge", asked, ask, hints["return"])
        text: str | None = await heard("forge", asked, partial(_as_text, ask), str | None)
        return None if text is None else text.encode(errors="surrogateescape")

    return call


async def _as_text(ask: Callable[[], Awaitable[bytes | None]]) -> str | None:
    """Answer a file as text, in which a secret is seen; what is no text cannot be written down."""
    content = await ask()
    return None if content is None else content.decode(errors="surrogateescape")
