"""Adapters without a wire of their own: what is asked of them is heard call by call."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, get_type_hints

from tamma_core.codec import to_json
from tamma_core.ports.tape import heard, rolling

Adapter = TypeVar("Adapter", bound=type)
_OWN_MATTERS = frozenset({"initialize", "dispose"})


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
    @functools.wraps(method)
    async def call(self: Any, *arguments: Any, **named: Any) -> Any:
        ask = functools.partial(method, self, *arguments, **named)
        if rolling() is None:
            return await ask()
        hints = get_type_hints(declared)
        given = inspect.signature(declared).bind(self, *arguments, **named).arguments
        lines = [f"{key}: {to_json(hints[key], value).decode()}" for key, value in given.items() if key != "self"]
        return await heard("forge", "\n".join((name, *lines)), ask, hints["return"])

    return call
