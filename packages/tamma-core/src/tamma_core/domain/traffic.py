"""What went through a proxy, and what did not."""

from tamma_core.domain.record import Record


class HostTraffic(Record, frozen=True, kw_only=True):
    """Count what one host was sent and sent back."""

    host: str
    """Name and port."""
    connections: int
    sent_bytes: int
    received_bytes: int


class Refusal(Record, frozen=True, kw_only=True):
    """Count the requests that were refused for one reason."""

    target: str
    """What was asked for, printable and cut."""
    reason: str
    count: int


class Traffic(Record, frozen=True, kw_only=True):
    """Sum up what commands did with their way out."""

    passed: tuple[HostTraffic, ...] = ()
    refused: tuple[Refusal, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.passed or self.refused)

    def refusals(self) -> str:
        """Name what was refused, or nothing."""
        return "; ".join(f"{one.target} {one.reason}" for one in self.refused)
