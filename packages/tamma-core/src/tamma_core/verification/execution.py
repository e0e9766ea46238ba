"""Run a plan's tests or one of its checks in a tree."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.verification.commands import REPORT_FOLDER, REPORT_NAME, read_suite, suite_command
from tamma_core.verification.place import WORKSPACE, Prepared, Toolchain, environment, with_go_cache, with_python
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.running import Ended, run
from tamma_core.verification.settings import Command, VerificationSettings
from tamma_core.verification.suite import Suite
from tamma_core.verification.tree import open_beneath

_REPORT_BYTES = 64 << 20


class Execution:
    """Start commands of a plan without network, on dependencies that they cannot write."""

    def __init__(
        self,
        sandbox: Sandbox,
        toolchain: Toolchain,
        plan: SuitePlan,
        prepared: Prepared,
        settings: VerificationSettings,
    ) -> None:
        self._sandbox = sandbox
        self._toolchain = toolchain
        self._plan = plan
        self._prepared = prepared
        self._settings = settings

    async def suite(self, tree: Path, selectors: Sequence[str] = ()) -> Suite:
        """Run all tests, or those that the runner's own words select."""
        command = suite_command(self._plan, selectors)
        with tempfile.TemporaryDirectory(prefix="tamma-report-") as folder:
            reports = Path(folder)
            mounts = (*command.mounts, Mount(reports, REPORT_FOLDER, writable=True))
            ended = await self._run(tree, command.argv, mounts, command.environment)
            report = _read_report(reports)
        suite = read_suite(self._plan, report, ended.text, ended.exit_code)
        if ended.broken_off:
            shown = " ".join(self._plan.command)[:120]
            return Suite(suite.cases, f"`{shown}` {ended.sentence}", suite.output)
        return suite

    async def check(self, tree: Path, command: Command) -> Ended:
        """Run a linter, a type check or a build."""
        return await self._run(tree, command, (), {})

    async def _run(self, tree: Path, argv: Command, mounts: tuple[Mount, ...], extra: Mapping[str, str]) -> Ended:
        prepared = self._prepared
        modules = (prepared.modules,) if prepared.modules and _make_room(tree) else ()
        spec = SandboxSpec(
            argv=_begun(argv, prepared),
            cwd=WORKSPACE,
            mounts=(
                *self._toolchain.mounts,
                Mount(tree, WORKSPACE, writable=True),
                *prepared.mounts,
                *modules,
                *mounts,
            ),
            environment=environment(self._toolchain, {**self._plan.environment, **extra}, has_venv=prepared.has_venv),
            limits=self._settings.test_limits,
        )
        return await run(self._sandbox, spec)


def _begun(argv: Command, prepared: Prepared) -> Command:
    command = with_python(argv, has_venv=prepared.has_venv)
    return with_go_cache(command) if prepared.mounts and command[0] == "go" else command


def _make_room(tree: Path) -> bool:
    """Make the folder that the installed packages are shown in; a tree that has its own keeps it."""
    place = tree / "node_modules"
    if place.is_symlink() or (place.is_dir() and any(place.iterdir())):
        return False
    place.mkdir(exist_ok=True)
    return True


def _read_report(folder: Path) -> bytes:
    try:
        with os.fdopen(open_beneath(folder, REPORT_NAME), "rb") as file:
            return file.read(_REPORT_BYTES)
    except OSError:
        return b""
