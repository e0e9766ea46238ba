"""Add up what a command's processes were seen to use, also those that nobody waited for."""

from tamma_core.sandbox.process_table import Life, Sample, Times


class Books:
    """Keep the highest that was seen; the kernel forgets the processor time of whom nobody waits for."""

    def __init__(self) -> None:
        self.peak_bytes = 0
        self.peak_processes = 0
        self.written_bytes = 0
        self._gone = Times()
        self._living: dict[Life, Times] = {}

    def note(self, sample: Sample, memory_bytes: int) -> None:
        """Count a look at all processes, and the memory that they have together."""
        self.peak_bytes = max(self.peak_bytes, memory_bytes)
        self.peak_processes = max(self.peak_processes, sample.processes)
        for life in self._living.keys() - sample.times.keys():
            self._gone = _sum(self._gone, self._living[life])
        self._living = dict(sample.times)

    def times(self) -> Times:
        """Answer the processor time that was seen, of the living and the dead."""
        total = self._gone
        for own in self._living.values():
            total = _sum(total, own)
        return total


def _sum(one: Times, other: Times) -> Times:
    return Times(one.user_s + other.user_s, one.system_s + other.system_s)
