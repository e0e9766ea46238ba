"""What went through a proxy, and what did not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTraffic:
    """Count what one host was sent and sent back."""

    host: str
    """Name and port."""
    connections: int
    sent_bytes: int
    received_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Count the requests that were refused for one reason."""

    target: str
    """What was asked for, printable and cut."""
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Sum up what commands did with their way out."""

    passed: tuple[HostTraffic, ...] = ()
    refused: tuple[Refusal, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.passed or self.refused)

    def refusals(self) -> str:
        """Name what was refused, or nothing."""
        return "; ".join(f"{one.target} {one.reason}" for one in self.refused)
