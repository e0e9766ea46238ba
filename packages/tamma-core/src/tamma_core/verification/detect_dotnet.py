"""Detect how a .NET project is tested."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand
from tamma_core.verification.tree import files_below, read_file

_PROJECT = re.compile(r".*\.(?:cs|fs|vb)proj")
_DEPENDS = re.compile(r".*\.(?:(?:cs|fs|vb)proj|slnx?|props|targets)|(?:.*/)?(?:packages\.lock\.json|global\.json|nuget\.config)", re.IGNORECASE)  # fmt: skip
_TESTS = re.compile(r"Microsoft\.NET\.Test\.Sdk|<IsTestProject>\s*true|MSTest\.Sdk|xunit\.v3|TUnit", re.IGNORECASE)
_MOST_PROJECTS = 300


def detect_dotnet(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a tree with projects of tests; none if there are none."""
    names = list(files_below(tree))
    projects = [name for name in names if _PROJECT.fullmatch(name)][:_MOST_PROJECTS]
    tests = [name for name in projects if _TESTS.search(read_file(tree, name))]
    if not tests:
        return None
    solutions = [name for name in names if re.fullmatch(r"[^/]+\.slnx?", name)]
    target = (solutions[0] if solutions else tests[0],)
    return SuitePlan(
        runner=Runner.DOTNET,
        command=("dotnet", "test", *target),
        source=f"{len(tests)} project(s) of tests",
        setup=(("dotnet", "restore", *target),),
        checks=tuple(_checks(ci, target)),
        dependency_files=tuple(name for name in names if _DEPENDS.fullmatch(name)),
        environment={
            "NUGET_PACKAGES": "/deps/nuget",
            "DOTNET_CLI_HOME": "/tmp/dotnet",  # noqa: S108 - in the sandbox
            "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
            "DOTNET_NOLOGO": "1",
            "MSBUILDDISABLENODEREUSE": "1",
        },
        builds=True,
    )


def _checks(ci: Sequence[str], target: tuple[str, ...]) -> Iterator[CheckCommand]:
    if any(re.search(r"\bdotnet format\b.*--verify-no-changes", line) for line in ci):
        yield CheckCommand(name="dotnet format", command=("dotnet", "format", *target, "--verify-no-changes"))
    if any(re.search(r"\bdotnet build\b.*-warnaserror", line, re.IGNORECASE) for line in ci):
        yield CheckCommand(name="dotnet build", command=("dotnet", "build", *target, "-warnaserror"))
