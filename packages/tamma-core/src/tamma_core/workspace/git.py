"""The git program, run on a git directory that only we write."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path

from msgspec import field

from tamma_core.domain.errors import Defect, TammaError, Unavailable, Unsupported
from tamma_core.domain.record import Record
from tamma_core.workspace.environment import git_environment
from tamma_core.workspace.failures import clean, is_overgrown, overgrown

OLDEST = (2, 38)
"""The first git with `merge-tree --write-tree` and `cat-file -z`."""

_MESSAGES_BYTES = 64 << 10
_CHUNK = 1 << 16
_LAST_WORDS_S = 5.0
_BOUNDED = 'ulimit -d "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; ulimit -c 0; trap "" XFSZ; shift 2; exec "$@"'
"""A bound that fails to be set was lower already. Children of git inherit all of them, and say it when a file is too large."""
_NOT_RUN = frozenset({126, 127})


class GitBounds(Record, frozen=True, kw_only=True):
    """Bound what one git process holds in memory, and the size of a file that it writes, whatever it is told to unfold."""

    memory_bytes: int = 2 << 30
    file_bytes: int = 8 << 30


class GitOptions(Record, frozen=True, kw_only=True):
    """Say how one git process runs; `keep_fds` are handed down, `environment` is added to ours.

    An answer over `limit_bytes` is refused, or cut if `may_cut`.
    """

    stdin: bytes = b""
    limit_bytes: int = 64 << 20
    may_cut: bool = False
    time_s: float = 300.0
    accept: frozenset[int] = frozenset({0})
    environment: Mapping[str, str] = field(default_factory=dict)
    keep_fds: tuple[int, ...] = ()


class GitResult(Record, frozen=True, kw_only=True):
    """Hold what git answered; `cut` when it had more to say than was wanted. Messages are not fit to show yet."""

    code: int
    out: bytes
    messages: str
    cut: bool = False


_PLAIN = GitOptions()
_BOUNDS = GitBounds()


class Git:
    """Run git outside the sandbox; never on a tree that an agent can write."""

    def __init__(self, *, environment: Mapping[str, str], program: str = "git", bounds: GitBounds = _BOUNDS) -> None:
        self._program = program
        self._bounds = (str(bounds.memory_bytes >> 10), str(bounds.file_bytes >> 9))
        self._environment = git_environment(
            path=os.environ.get("PATH", os.defpath), home="/nonexistent", extra=environment
        )

    async def run(self, git_dir: Path, *arguments: str, options: GitOptions = _PLAIN) -> GitResult:
        """Run one command; raise `InvalidInput` for a repository that unfolds too far, `Defect` for another failure."""
        result = await self._run(f"--git-dir={git_dir}", *arguments, options=options)
        if result.code not in options.accept and not result.cut:
            raise failure(f"`git {arguments[0]}` in the task's own git directory", result)
        return result

    async def attempt(self, git_dir: Path, *arguments: str, options: GitOptions = _PLAIN) -> GitResult:
        """Run one command whatever its code; the caller reads it."""
        return await self._run(f"--git-dir={git_dir}", *arguments, options=options)

    async def make(self, git_dir: Path) -> None:
        """Make a bare git directory, or complete one that was left half made."""
        result = await self._run("init", "--quiet", "--bare", "--template=", "--initial-branch=none", str(git_dir))
        if result.code:
            raise Defect(f"git could not make the directory `{git_dir.name}`: {clean(result.messages)}")

    async def check_version(self) -> None:
        """Raise `Unsupported` when git is missing or too old."""
        said = await self._run("version")
        if said.code in _NOT_RUN:
            raise Unsupported("git is not installed on this machine", hint="install git 2.38 or newer")
        match = re.match(rb"git version (\d+)\.(\d+)", said.out)
        if match is None or (int(match[1]), int(match[2])) < OLDEST:
            wanted = ".".join(str(part) for part in OLDEST)
            raise Unsupported("this machine's git is too old", hint=f"install git {wanted} or newer")

    async def _run(self, *arguments: str, options: GitOptions = _PLAIN) -> GitResult:
        process = await self._start(arguments, options)
        try:
            async with asyncio.timeout(options.time_s):
                result = await _converse(process, options)
        except TimeoutError as error:
            raise Unavailable(f"`git {_command(arguments)}` did not end within {options.time_s:g} s") from error
        finally:
            await _end(process)
        if result.cut and not options.may_cut:
            raise overgrown(f"`git {_command(arguments)}` answers with more than {options.limit_bytes >> 20} MiB")
        return result

    async def _start(self, arguments: tuple[str, ...], options: GitOptions) -> asyncio.subprocess.Process:
        bounded = ("/bin/sh", "-c", _BOUNDED, "sh", *self._bounds, self._program)
        return await asyncio.create_subprocess_exec(
            *bounded,
            *arguments,
            stdin=asyncio.subprocess.PIPE if options.stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**self._environment, **options.environment},
            cwd="/",
            pass_fds=options.keep_fds,
            start_new_session=True,
        )


def failure(what: str, result: GitResult) -> TammaError:
    """Tell what a failed command means: a repository that asks for more than git is given, or a directory that is broken."""
    said = f"{what} ended with {result.code}: {clean(result.messages)}"
    if result.code < 0 or is_overgrown(result.messages):
        return overgrown(said)
    return Defect(said, hint="remove the task's directory, or the cache of the repository, and go on")


def _command(arguments: tuple[str, ...]) -> str:
    return next(argument for argument in arguments if not argument.startswith("-"))


async def _converse(process: asyncio.subprocess.Process, options: GitOptions) -> GitResult:
    assert process.stdout is not None  # noqa: S101 - asked for as a pipe
    assert process.stderr is not None  # noqa: S101 - as above
    feeding = asyncio.create_task(_feed(process.stdin, options.stdin))
    complaining = asyncio.create_task(_read(process.stderr, _MESSAGES_BYTES, drain=True))
    try:
        out, cut = await _read(process.stdout, options.limit_bytes, drain=False)
        if cut:
            _kill(process)
            await _discard(process.stdout)
        messages, _ = await complaining
        await feeding
        return GitResult(code=await process.wait(), out=out, messages=messages.decode(errors="replace"), cut=cut)
    finally:
        feeding.cancel()
        complaining.cancel()


async def _feed(stream: asyncio.StreamWriter | None, content: bytes) -> None:
    if stream is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(content)
        await stream.drain()
    stream.close()


async def _read(stream: asyncio.StreamReader, limit: int, *, drain: bool) -> tuple[bytes, bool]:
    content = bytearray()
    while chunk := await stream.read(_CHUNK):
        content += chunk
        if len(content) > limit:
            # Messages end with a whole line: half a secret would not be known for one.
            del content[content.rfind(b"\n", 0, limit) + 1 if drain else limit :]
            if not drain:
                return bytes(content), True
    return bytes(content), False


async def _end(process: asyncio.subprocess.Process) -> None:
    _kill(process)
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_WORDS_S):
            for stream in (process.stdout, process.stderr):
                await _discard(stream)
    await process.wait()


async def _discard(stream: asyncio.StreamReader | None) -> None:
    """Read a pipe to its end: until then asyncio neither closes it nor tells that the process has ended."""
    while stream is not None and await stream.read(_CHUNK):
        pass


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
