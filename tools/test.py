"""Run every tier of the tests whose tools exist on this machine, and name what is left out."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTED = ("unit", "fuzz", "contract", "migration", "integration", "acceptance")
TIERS = ("static", *TESTED)
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
NOTHING_COLLECTED = 5
AT_ONCE = {
    **dict.fromkeys(("unit", "fuzz", "integration"), ("-n", "2", "--dist=loadfile")),
    "acceptance": ("-n", "4", "--dist=worksteal"),
}
"""Tests of one file may share a service or count what it holds; those of acceptance mostly wait for others to answer.

The sandbox's contract has fork bombs, which want the machine for themselves.
"""


@dataclass(frozen=True)
class Outcome:
    """Keep how one tier ended and how long it took."""

    tier: str
    result: str
    seconds: float


def run(*command: str | Path) -> int:
    """Run a program of this environment from the root and return its exit code."""
    return subprocess.run([sys.executable, "-m", *map(str, command)], cwd=ROOT, check=False).returncode


def static_checks() -> dict[str, list[str | Path]]:
    """Name each static check and its command."""
    checks: dict[str, list[str | Path]] = {
        "ruff check": ["ruff", "check", "--quiet"],
        "ruff format": ["ruff", "format", "--check", "--quiet"],
        "mypy": ["mypy"],
        "lint-imports": ["importlinter.cli", "--no-cache"],
        "codespell": ["codespell_lib"],
        "lock": ["tools.lock", "--check"],
    }
    for package in PACKAGES:
        checks[f"deptry {package.name}"] = ["deptry", "--config", package / "pyproject.toml", package / "src"]
    return checks


def run_static() -> str:
    """Run all static checks and name those that failed."""
    failed = []
    for name, command in static_checks().items():
        print(f"· {name}", flush=True)
        if run(*command):
            failed.append(name)
    return f"failed: {', '.join(failed)}" if failed else "passed"


def missing_services() -> dict[str, str]:
    """Ask which services cannot be built here; service → reason."""
    code = "from services.available import missing; print('\\n'.join(missing()))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "tests", capture_output=True, text=True, check=True
    )
    reasons: dict[str, str] = {}
    for line in filter(None, answer.stdout.splitlines()):
        service, _, reason = line.partition(": ")
        reasons[service] = f"{reasons[service]}; {reason}" if service in reasons else reason
    return reasons


def run_tests(tier: str, without: dict[str, str]) -> str:
    """Run one tier under coverage; tests of missing services are deselected by their names."""
    left_out = [f"--without={service}" for service in without]
    profile = ["--hypothesis-profile=fuzz"] if tier == "fuzz" else []
    code = run("coverage", "run", "-m", "pytest", f"tests/{tier}", *profile, *AT_ONCE.get(tier, ()), *left_out)
    if code == NOTHING_COLLECTED:
        return "empty"
    return "failed" if code else "passed"


def gate(*, whole: bool) -> str:
    """Combine what the tiers covered and, when all of them ran, hold it against the bound."""
    run("coverage", "combine", "--quiet")
    bound = [] if whole else ["--fail-under=0"]
    return "failed" if run("coverage", "report", *bound) else "passed" if whole else "not judged"


def table(outcomes: list[Outcome], left_out: list[str]) -> None:
    """Print the closing table, and below it what did not run."""
    print("\ntier         seconds  result")
    for outcome in outcomes:
        print(f"{outcome.tier:<12} {outcome.seconds:>7.1f}  {outcome.result}")
    for line in left_out:
        print(f"left out: {line}")
    if not left_out:
        print("left out: nothing")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    strict = bool(os.environ.get("CI"))
    parser.add_argument(
        "--all", action="store_true", default=strict, help="fail when anything is left out (so if CI is set)"
    )
    parser.add_argument("--only", choices=TIERS, action="append", help="run this tier alone (may be repeated)")
    return parser.parse_args()


def main() -> int:
    """Run the tiers, print the table and say by the exit code whether all is well."""
    wanted = arguments()
    tiers = wanted.only or list(TIERS)
    without = missing_services() if any(tier != "static" for tier in tiers) else {}
    shutil.rmtree(ROOT / ".coverage", ignore_errors=True)
    (ROOT / ".coverage").mkdir()
    outcomes = []
    for tier in tiers:
        print(f"\n=== {tier}", flush=True)
        started = time.monotonic()
        result = run_static() if tier == "static" else run_tests(tier, without)
        outcomes.append(Outcome(tier, result, time.monotonic() - started))
    left_out = [f"tests that need {service}: {reason}" for service, reason in without.items()]
    left_out += [f"{outcome.tier}: it has no tests" for outcome in outcomes if outcome.result == "empty"]
    if not wanted.only:
        started = time.monotonic()
        outcomes.append(Outcome("coverage", gate(whole=not left_out), time.monotonic() - started))
    table(outcomes, left_out)
    failed = any(outcome.result.startswith("failed") for outcome in outcomes)
    return int(failed or bool(wanted.all and left_out))


if __name__ == "__main__":
    sys.exit(main())
