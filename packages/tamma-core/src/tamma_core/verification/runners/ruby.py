"""Start RSpec and Minitest."""

from collections.abc import Sequence
from pathlib import Path

from tamma_core.ports.sandbox import Mount
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.rspec_json import read_rspec
from tamma_core.verification.reports.script_json import read_lines
from tamma_core.verification.runners.driver import REPORT, SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite

_LIBRARY = "/tamma/ruby"


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have RSpec write JSON, or Minitest write lines by a plug-in of ours."""
    if plan.runner is Runner.RSPEC:
        report = ("--format", "progress", "--format", "json", "--out", REPORT, "--no-color")
        return SuiteCommand((*plan.command, *report, *chosen))
    # The folder as a whole: behind Landlock nothing can be shown under another name.
    library = Mount(Path(__file__).with_name("load_path"), _LIBRARY)
    return SuiteCommand(plan.command, {"RUBYLIB": _LIBRARY, "TAMMA_REPORT": REPORT}, (library,))


def read(plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read what they wrote."""
    return read_rspec(run.report) if plan.runner is Runner.RSPEC else read_lines(run.report)
