"""What the tools do: a stateless shell, files, search, tests."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, field

from tamma_core.agent.beneath import exists_beneath, read_beneath, write_beneath
from tamma_core.agent.syntax import syntax_command
from tamma_core.agent.text import cut_middle
from tamma_core.agent.toolbox import ToolSpec
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record
from tamma_core.ports.coding_agent import AgentWorkspace
from tamma_core.ports.sandbox import ProcessResult

OUTPUT_LIMIT = 10_000
FILE_LIMIT_BYTES = 2 << 20
DEFAULT_TIME_S = 60.0
LONGEST_TIME_S = 600.0
LONGEST_ARGUMENT = 30_000
"""Linux takes 128 KiB an argument; four bytes a character at most."""


class Bash(Record, frozen=True):
    """Arguments of `bash`."""

    command: Annotated[str, Meta(max_length=LONGEST_ARGUMENT)]
    timeout_s: Annotated[float, Meta(gt=0, le=LONGEST_TIME_S)] = DEFAULT_TIME_S


class ReadFile(Record, frozen=True):
    """Arguments of `read_file`."""

    path: str
    first_line: Annotated[int, Meta(ge=1)] = 1
    lines: Annotated[int, Meta(ge=1, le=2000)] = 400


class Search(Record, frozen=True):
    """Arguments of `search`."""

    pattern: Annotated[str, Meta(max_length=2000)]
    path: str = "."
    glob: str = ""


class EditFile(Record, frozen=True):
    """Arguments of `edit_file`."""

    path: str
    old: str
    new: str


class RunTests(Record, frozen=True):
    """Arguments of `run_tests`."""

    selection: list[str] = field(default_factory=list)


class WorkspaceTools:
    """Run the tools of one agent in its workspace."""

    def __init__(self, workspace: AgentWorkspace, *, writable: bool) -> None:
        self._workspace = workspace
        self._writable = writable

    def specs(self) -> tuple[ToolSpec, ...]:
        """List the tools that this agent may use."""
        reading = (
            ToolSpec("bash", _BASH + ("" if self._writable else _READ_ONLY), Bash, self.bash),
            ToolSpec(
                "read_file", "Read lines of a text file, with line numbers.", ReadFile, self.read_file, repeatable=True
            ),
            ToolSpec(
                "search", "Find lines that match an extended regular expression.", Search, self.search, repeatable=True
            ),
        )
        if not self._writable:
            return reading
        return (
            *reading,
            ToolSpec("edit_file", _EDIT, EditFile, self.edit_file),
            ToolSpec("run_tests", _RUN_TESTS, RunTests, self.run_tests, repeatable=True),
        )

    async def bash(self, arguments: Bash) -> str:
        """Run a command in a fresh shell and answer its output and exit code."""
        output, result = await self._run(("bash", "-c", arguments.command), arguments.timeout_s)
        how = f"exit code {result.exit_code}" if result.ended_by == "exit" else f"ended: {result.ended_by} limit"
        return f"{cut_middle(output.rstrip(), OUTPUT_LIMIT)}\n[{how}, {result.used.wall_s:.1f} s]"

    async def read_file(self, arguments: ReadFile) -> str:
        """Answer numbered lines."""
        text = self._read(arguments.path)
        lines = text.splitlines()
        first = arguments.first_line
        shown = lines[first - 1 : first - 1 + arguments.lines]
        if not shown:
            return f"[{arguments.path} has {len(lines)} lines]"
        body = "\n".join(f"{number:>6}  {line}" for number, line in enumerate(shown, start=first))
        rest = len(lines) - (first - 1) - len(shown)
        tail = f"\n[{rest} more lines]" if rest > 0 else ""
        return cut_middle(body, 4 * OUTPUT_LIMIT) + tail

    async def search(self, arguments: Search) -> str:
        """Answer matching lines with file and line number."""
        include = (f"--include={arguments.glob}",) if arguments.glob else ()
        argv = ("grep", "-rnIE", "--exclude-dir=.git", *include, "-e", arguments.pattern, "--", arguments.path)
        output, result = await self._run(argv, DEFAULT_TIME_S)
        if result.exit_code == 1 and not output:
            return "[no match]"
        return cut_middle(output, OUTPUT_LIMIT)

    async def edit_file(self, arguments: EditFile) -> str:
        """Replace text that occurs exactly once, or create a file when `old` is empty."""
        if not arguments.old:
            if exists_beneath(self._workspace.root, arguments.path):
                raise InvalidInput(f"`{arguments.path}` exists", hint="to change it, give the text to replace as `old`")
            self._write(arguments.path, arguments.new)
            return f"created {arguments.path}{await self._syntax(arguments.path)}"
        text = self._read(arguments.path)
        count = text.count(arguments.old)
        if count != 1:
            problem = "does not occur" if count == 0 else f"occurs {count} times"
            raise InvalidInput(
                f"the text to replace {problem} in `{arguments.path}`",
                hint="read the file and give enough lines, with exact white space, to make it unique; "
                "what is shown as an escape has to be changed with `bash`",
            )
        self._write(arguments.path, text.replace(arguments.old, arguments.new))
        return f"edited {arguments.path}{await self._syntax(arguments.path)}"

    async def run_tests(self, arguments: RunTests) -> str:
        """Answer a short report of the project's tests."""
        return cut_middle(await self._workspace.run_tests(arguments.selection), OUTPUT_LIMIT)

    def _read(self, path: str) -> str:
        data = read_beneath(self._workspace.root, path, limit_bytes=FILE_LIMIT_BYTES)
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise InvalidInput(f"`{path}` is not UTF-8 text", hint="use `bash` to look at it") from error

    def _write(self, path: str, text: str) -> None:
        write_beneath(self._workspace.root, path, text.encode())

    async def _syntax(self, path: str) -> str:
        """Check what was written in the sandbox, since parsers are not safe with hostile text."""
        command = syntax_command(path)
        if command is None:
            return ""
        output, result = await self._run(("bash", "-c", command, "check", f"./{path}"), DEFAULT_TIME_S)
        if result.exit_code in (0, _NO_CHECKER):
            return ""
        return f"\n[the file no longer parses]\n{cut_middle(output, 2000)}"

    async def _run(self, argv: Sequence[str], time_s: float) -> tuple[str, ProcessResult]:
        spec = self._workspace.spec(argv, writable=self._writable, time_s=time_s)
        process = await self._workspace.start(spec)
        chunks = [chunk async for chunk in process.output()]
        result = await process.wait()
        return b"".join(chunks).decode(errors="replace"), result


_NO_CHECKER = 127
_BASH = (
    "Run a command in a fresh shell at the root of the repository. Nothing but files lasts from one call to the next: "
    "no directory change, no variable, no background process. There is no network. "
    f"Output beyond {OUTPUT_LIMIT:,} characters is cut in the middle."
)
_READ_ONLY = " The repository is read-only."
_EDIT = (
    "Replace text in a file. `old` must occur exactly once, to the letter, white space included. "
    "With an empty `old`, create a new file whose content is `new`."
)
_RUN_TESTS = (
    "Run the project's tests the way they will be judged, or only those selected "
    "(in the test runner's own notation), and get a short report."
)
