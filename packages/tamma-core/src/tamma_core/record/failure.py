"""Errors as they are written down, and back."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tamma_core.domain import errors
from tamma_core.domain.errors import TammaError
from tamma_core.domain.record import Record

Field = str | int | float | bool | None


class Failure(Record, frozen=True, kw_only=True):
    """Name an error's class and hold what it says."""

    name: str
    message: str
    hint: str = ""
    retry_after_s: float | None = None
    partial: bool = False
    actual: str = ""
    doubtful: bool = False
    until: datetime | None = None
    errno: int | None = None


def failure_of(error: BaseException, mask: Callable[[str], str]) -> Failure:
    """Write an error down; a call that was cut off is one that took too long, since what else cuts off writes no more."""
    if isinstance(error, asyncio.CancelledError):
        return Failure(name="TimeoutError", message="")
    if isinstance(error, OSError) and not isinstance(error, TimeoutError):
        return Failure(name="OSError", message=mask(error.strerror or ""), errno=error.errno)
    return Failure(
        name=type(error).__name__,
        message=mask(error.message if isinstance(error, TammaError) else str(error)),
        hint=mask(error.hint) if isinstance(error, TammaError) else "",
        retry_after_s=getattr(error, "retry_after_s", None),
        partial=getattr(error, "partial", False),
        actual=getattr(error, "actual", ""),
        doubtful=getattr(error, "doubtful", False),
        until=getattr(error, "until", None),
    )


def error_of(failure: Failure) -> Exception:
    """Make the error again; one that is not of the tree keeps its name, by which the engine tells it."""
    kind = getattr(errors, failure.name, None)
    if failure.name == "OSError":
        return OSError(failure.errno, failure.message)
    if not (isinstance(kind, type) and issubclass(kind, TammaError)):
        return TimeoutError() if failure.name == "TimeoutError" else _stranger(failure)
    if failure.until is not None:
        return errors.LeaseHeld(failure.message, until=failure.until, hint=failure.hint)
    found = kind(failure.message, hint=failure.hint)
    for name in ("retry_after_s", "partial", "actual", "doubtful"):
        if hasattr(found, name):
            setattr(found, name, getattr(failure, name))
    return found


def _stranger(failure: Failure) -> Exception:
    made: type[Exception] = type(failure.name, (Exception,), {})
    return made(failure.message)
