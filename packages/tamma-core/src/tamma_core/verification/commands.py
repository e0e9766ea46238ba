"""Turn a plan into a command line that reports test by test, and read what it reported."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from msgspec.structs import replace

from tamma_core.verification.messages import short_message
from tamma_core.verification.must_fail import MustFail, taken_out
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.runners.driver import CanFail, Driver, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

_MOST_SELECTED = 400
_DRIVERS: Mapping[Runner, str] = {
    Runner.PYTEST: "python",
    Runner.UNITTEST: "python",
    Runner.NODE: "script",
    Runner.JEST: "script",
    Runner.VITEST: "script",
    Runner.MOCHA: "script",
    Runner.TAPE: "script",
    Runner.GO: "go",
    Runner.CARGO: "rust",
    Runner.MAVEN: "java",
    Runner.GRADLE: "java",
    Runner.CTEST: "native",
    Runner.MESON: "native",
    Runner.RSPEC: "ruby",
    Runner.MINITEST: "ruby",
    Runner.PHPUNIT: "php",
    Runner.DOTNET: "dotnet",
    Runner.MAKE: "make",
    Runner.OTHER: "other",
}


def suite_command(
    plan: SuitePlan, selectors: Sequence[str] = (), token: str = "", tree: Path | None = None
) -> SuiteCommand:
    """Answer the command for all tests, or for the selected ones where the runner can select.

    With a token, tests that must fail run beside them, where the runner can be brought to it, and finds a place for them in the tree.
    """
    chosen = tuple(dict.fromkeys(filter(None, selectors))) if len(selectors) <= _MOST_SELECTED else ()
    driver = _driver(plan)
    command = driver.command(plan, chosen)
    return driver.with_must_fail(command, plan, token, tree) if token and isinstance(driver, CanFail) else command


def read_suite(plan: SuitePlan, run: SuiteRun, must_fail: MustFail | None = None) -> Suite:
    """Answer the project's tests that a run reported; a report and an exit code that disagree are a problem."""
    suite = taken_out(_driver(plan).read(plan, run), must_fail)
    shown, command = short_message(run.output), " ".join(plan.command)[:120]
    if not suite.cases and (suite.problem or run.exit_code):
        problem = f"`{command}` ran no tests (exit code {run.exit_code}): {suite.problem or 'it reported none'}"
        return replace(suite, problem=problem, output=shown)
    if run.exit_code and not suite.red and not suite.problem:
        problem = f"`{command}` failed (exit code {run.exit_code}) though no test did"
        return replace(suite, problem=problem, output=shown)
    return replace(suite, output=shown)


def _driver(plan: SuitePlan) -> Driver:
    return cast("Driver", import_module(f"tamma_core.verification.runners.{_DRIVERS[plan.runner]}"))
