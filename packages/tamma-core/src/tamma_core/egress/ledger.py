"""Count what passes one way out, and stop it at its limits."""

from tamma_core.domain.authority import Authority
from tamma_core.domain.traffic import HostTraffic, Refusal, Traffic
from tamma_core.egress.policy import EgressLimits

_MOST_REFUSALS = 100
_LONGEST = 120


class OverLimitError(Exception):
    """A limit of this way out is reached."""


class RefusedError(Exception):
    """A request may not pass; the message says why, of a target that it does not repeat."""


class Ledger:
    """Hold the counts of one way out."""

    def __init__(self, limits: EgressLimits) -> None:
        self._limits = limits
        self._passed: dict[str, list[int]] = {}
        self._refused: dict[tuple[str, str], int] = {}
        self._connections = self._sent = self._received = 0

    def connected(self) -> None:
        """Count a connection; raise `OverLimitError` when there were too many."""
        self._connections += 1
        if self._connections > self._limits.connections:
            raise OverLimitError(f"came after {self._limits.connections} connections")

    def reached(self, target: Authority) -> "Account":
        """Count a connection that was let through."""
        counts = self._passed.setdefault(str(target), [0, 0, 0])
        counts[0] += 1
        return Account(self, counts)

    def refuse(self, target: str, reason: str) -> None:
        """Note a refusal; of many different ones, those beyond a hundred are counted together."""
        shown = "".join(mark if mark.isascii() and mark.isprintable() else "?" for mark in target[:_LONGEST])
        key = (shown, reason)
        if key not in self._refused and len(self._refused) >= _MOST_REFUSALS:
            key = ("others", "were refused too")
        self._refused[key] = self._refused.get(key, 0) + 1

    def move(self, *, sent: int = 0, received: int = 0) -> None:
        """Count bytes of all hosts together; raise `OverLimitError` when there are too many."""
        self._sent += sent
        self._received += received
        if self._sent > self._limits.sent_bytes:
            raise OverLimitError(f"was sent more than {self._limits.sent_bytes >> 20} MB by all commands together")
        if self._received > self._limits.received_bytes:
            raise OverLimitError(f"sent more than {self._limits.received_bytes >> 20} MB with all other hosts together")

    def traffic(self) -> Traffic:
        """Sum it up."""
        passed = sorted(self._passed.items())
        return Traffic(
            passed=tuple(
                HostTraffic(host=host, connections=counts[0], sent_bytes=counts[1], received_bytes=counts[2])
                for host, counts in passed
            ),
            refused=tuple(
                Refusal(target=target, reason=reason, count=count)
                for (target, reason), count in sorted(self._refused.items())
            ),
        )


class Account:
    """Count the bytes of one connection."""

    def __init__(self, ledger: Ledger, counts: list[int]) -> None:
        self._ledger = ledger
        self._counts = counts

    def sent(self, size: int) -> None:
        """Count bytes to the host, before they go out."""
        self._ledger.move(sent=size)
        self._counts[1] += size

    def received(self, size: int) -> None:
        """Count bytes from the host."""
        self._ledger.move(received=size)
        self._counts[2] += size
