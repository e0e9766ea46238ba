"""Run a plan's tests or one of its checks in a tree."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from tamma_core.domain.suite_paths import is_test_path
from tamma_core.ports.clock import Entropy
from tamma_core.ports.sandbox import Mount, Sandbox, SandboxSpec
from tamma_core.sandbox.held_directory import temporary_directory
from tamma_core.sandbox.own_places import OwnPlaces
from tamma_core.verification.commands import read_suite, suite_command
from tamma_core.verification.must_fail import MustFail
from tamma_core.verification.place import WORKSPACE, Prepared, Toolchain, environment, with_go_cache, with_python
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.collecting import read_reports, stamps, written_since
from tamma_core.verification.runners.driver import REPORT_FOLDER, SuiteRun
from tamma_core.verification.running import Ended, run
from tamma_core.verification.settings import Command, VerificationSettings
from tamma_core.verification.suite import Suite


class Execution:
    """Start commands of a plan without network, on dependencies that they cannot write."""

    def __init__(
        self,
        sandbox: Sandbox,
        toolchain: Toolchain,
        plan: SuitePlan,
        prepared: Prepared,
        settings: VerificationSettings,
        entropy: Entropy,
    ) -> None:
        self._sandbox = sandbox
        self._toolchain = toolchain
        self._plan = plan
        self._prepared = prepared
        self._settings = settings
        self._entropy = entropy

    def is_test(self, path: str) -> bool:
        """Tell whether a file holds tests, by its path and by what the plan's runner collects."""
        return is_test_path(path) or self._plan.collects(path)

    @property
    def test_folders(self) -> tuple[str, ...]:
        """Answer the folders that hold tests by the runner's own settings."""
        return self._plan.test_folders

    async def suite(self, tree: Path, selectors: Sequence[str] = ()) -> Suite:
        """Run all tests, or those that the runner's own words select, with tests that must fail beside them."""
        command = await asyncio.to_thread(suite_command, self._plan, selectors, self._entropy.token(), tree)
        before = await asyncio.to_thread(stamps, tree, command.written) if command.written else {}
        moved = isinstance(self._sandbox, OwnPlaces)
        with _lent(command.must_fail, moved=moved) as lent, temporary_directory("tamma-reports-") as folder:
            mounts = (*command.mounts, *lent, Mount(folder, REPORT_FOLDER, writable=True))
            ended = await self._run(tree, command.argv, mounts, command.environment)
            reports = await asyncio.to_thread(_reports, folder)
        if command.written:
            reports |= await asyncio.to_thread(written_since, tree, command.written, before)
        told = SuiteRun(reports=reports, output=ended.text, exit_code=ended.exit_code)
        suite = await asyncio.to_thread(read_suite, self._plan, told, command.must_fail)
        if ended.broken_off:
            shown = " ".join(self._plan.command)[:120]
            return replace(suite, problem=f"`{shown}` {ended.sentence}")
        return suite

    async def check(self, tree: Path, command: Command) -> Ended:
        """Run a linter, a type check or a build."""
        return await self._run(tree, command, (), {})

    async def _run(self, tree: Path, argv: Command, mounts: tuple[Mount, ...], extra: Mapping[str, str]) -> Ended:
        prepared = self._prepared
        shown = await self._shown(tree)
        spec = SandboxSpec(
            argv=_begun(argv, prepared),
            cwd=WORKSPACE,
            mounts=(
                *self._toolchain.mounts,
                Mount(tree, WORKSPACE, writable=True),
                *prepared.mounts,
                *shown,
                *mounts,
            ),
            environment=environment(self._toolchain, {**self._plan.environment, **extra}, has_venv=prepared.has_venv),
            limits=self._settings.test_limits,
        )
        return await run(self._sandbox, spec)

    async def _shown(self, tree: Path) -> list[Mount]:
        """Answer what shows the installed packages inside a tree; where nothing can be shown, they are copied to it."""
        shown = [mount for mount in self._prepared.shown if _make_room(tree / mount.host.name)]
        if not isinstance(self._sandbox, OwnPlaces):
            return shown
        for mount in shown:
            copy = tree / mount.host.name
            await asyncio.to_thread(shutil.copytree, mount.host, copy, symlinks=True, dirs_exist_ok=True)
        return []


@contextmanager
def _lent(must_fail: MustFail | None, *, moved: bool) -> Iterator[tuple[Mount, ...]]:
    """Write the tests that must fail outside the tree, to be shown read-only for the time of a run, or to be read where they are."""
    if must_fail is None:
        yield ()
        return
    with temporary_directory("tamma-loan-") as folder:
        for name, text in must_fail.files.items():
            known = text.replace(must_fail.place, str(folder)) if moved else text
            (folder / name).write_text(known, encoding="utf-8")
        yield (Mount(folder, must_fail.place),)


def _begun(argv: Command, prepared: Prepared) -> Command:
    command = with_python(argv, has_venv=prepared.has_venv)
    return with_go_cache(command) if prepared.mounts and command[0] == "go" else command


def _make_room(place: Path) -> bool:
    """Make the folder that the installed packages are shown in; a tree that has its own keeps it."""
    if place.is_symlink() or (place.exists() and not (place.is_dir() and not any(place.iterdir()))):
        return False
    place.mkdir(exist_ok=True)
    return True


def _reports(folder: Path) -> dict[str, bytes]:
    return read_reports(folder, sorted(place.name for place in folder.iterdir()))
