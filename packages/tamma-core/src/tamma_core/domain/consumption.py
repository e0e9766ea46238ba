"""What commands took of the machine."""

from tamma_core.domain.record import Record


class Consumption(Record, frozen=True, kw_only=True):
    """Sum up commands; peaks are those of the one command that had the highest."""

    commands: int = 0
    wall_s: float = 0.0
    """By the clock of each, so that of commands at the same time every one counts."""
    user_s: float = 0.0
    system_s: float = 0.0
    peak_memory_bytes: int = 0
    peak_processes: int = 0
    """The most at one moment, as far as was seen; short-lived ones may be missed."""
    output_bytes: int = 0
    written_bytes: int = 0
    """Sent towards disks; what stays in memory is memory."""

    def __bool__(self) -> bool:
        return self.commands > 0

    def __add__(self, other: "Consumption") -> "Consumption":
        """Add amounts, and take the higher peaks."""
        return Consumption(
            commands=self.commands + other.commands,
            wall_s=self.wall_s + other.wall_s,
            user_s=self.user_s + other.user_s,
            system_s=self.system_s + other.system_s,
            peak_memory_bytes=max(self.peak_memory_bytes, other.peak_memory_bytes),
            peak_processes=max(self.peak_processes, other.peak_processes),
            output_bytes=self.output_bytes + other.output_bytes,
            written_bytes=self.written_bytes + other.written_bytes,
        )

    @property
    def cpu_s(self) -> float:
        """Answer the processor time, of programs and of the kernel for them."""
        return self.user_s + self.system_s
