"""Have whoever runs a task's step told what its commands took, whichever part of the program starts them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tamma_core.domain.consumption import Consumption


class Account:
    """Add up commands that have ended."""

    def __init__(self) -> None:
        self._used = Consumption()

    def add(self, used: Consumption) -> None:
        """Count a command."""
        self._used += used

    def take(self) -> Consumption:
        """Answer what was counted since the last time."""
        used, self._used = self._used, Consumption()
        return used


_present: ContextVar[Account | None] = ContextVar("account", default=None)


@contextmanager
def counted(account: Account) -> Iterator[None]:
    """Count on this account what is started meanwhile, by this task and by those that it makes."""
    token = _present.set(account)
    try:
        yield
    finally:
        _present.reset(token)


def present_account() -> Account | None:
    """Answer the account that a command started now counts on."""
    return _present.get()
