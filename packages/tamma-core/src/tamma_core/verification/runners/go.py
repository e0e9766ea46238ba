"""Start Go's tests."""

import re
from collections.abc import Sequence

from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.go_json import read_go
from tamma_core.verification.runners.driver import SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite


def command(plan: SuitePlan, chosen: Sequence[str]) -> SuiteCommand:
    """Have `go test` print events."""
    head, words = ("go", "test", "-json", "-count=1"), plan.command[2:]
    if not chosen:
        return SuiteCommand((*head, *words))
    packages = sorted({selector.partition(" ")[0] for selector in chosen})
    tests = sorted({test for selector in chosen if (test := selector.partition(" ")[2])})
    run = ("-run", f"^({'|'.join(map(re.escape, tests))})$") if tests and len(tests) == len(chosen) else ()
    return SuiteCommand((*head, *(word for word in words if word.startswith("-")), *run, *packages))


def read(_plan: SuitePlan, run: SuiteRun) -> Suite:
    """Read the events."""
    return read_go(run.output)
