"""Run one command in the sandbox to its end, and say in words how it ended."""

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record
from tamma_core.ports.sandbox import EndedBy, ProcessLimits, Sandbox, SandboxSpec

_KEPT_BYTES = 64 << 20


class Ended(Record, frozen=True):
    """Hold what a command printed, and how it ended."""

    output: bytes
    exit_code: int
    sentence: str

    @property
    def ok(self) -> bool:
        """Tell whether it ended by itself, content."""
        return not self.exit_code and not self.sentence

    @property
    def text(self) -> str:
        """Answer what it printed as text."""
        return self.output.decode("utf-8", "replace")

    @property
    def broken_off(self) -> bool:
        """Tell whether a limit ended it."""
        return bool(self.sentence) and not self.sentence.startswith("failed")


async def run(sandbox: Sandbox, spec: SandboxSpec) -> Ended:
    """Answer how a command ended; only a sandbox that cannot be built raises."""
    kept = bytearray()
    try:
        process = await sandbox.start(spec)
    except InvalidInput as error:
        return Ended(b"", 126, f"could not be started: {error.message}")
    try:
        async for chunk in process.output():
            kept += chunk[: max(0, _KEPT_BYTES - len(kept))]
        result = await process.wait()
    finally:
        await process.kill()
    return Ended(bytes(kept), result.exit_code, _sentence(result.ended_by, result.exit_code, spec.limits))


def _sentence(ended_by: EndedBy, exit_code: int, limits: ProcessLimits) -> str:
    sentences: dict[EndedBy, str] = {
        "exit": f"failed (exit code {exit_code})" if exit_code else "",
        "time": f"did not end within {limits.time_s:g} s",
        "memory": f"wanted more than {limits.memory_bytes >> 20} MB of memory",
        "processes": f"started more than {limits.processes} processes",
        "output": f"printed more than {limits.output_bytes >> 10} kB",
        "disk": f"wrote more than {limits.disk_bytes >> 20} MB",
        "cancelled": "was cancelled",
    }
    return sentences[ended_by]
