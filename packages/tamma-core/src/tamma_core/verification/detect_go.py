"""Detect how a Go module is tested."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand
from tamma_core.verification.tree import files_below, has_file, read_file

_FLAGS = re.compile(r"-(?:tags|short|race)(?:=\S+)?")


def detect_go(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a Go tree; none if it holds no tests."""
    tests = list(files_below(tree, "_test.go"))
    if not tests or not has_file(tree, "go.mod"):
        return None
    needs = bool(re.search(r"^\s*(?:require\b|[\w./-]+ v\d)", read_file(tree, "go.mod"), re.MULTILINE))
    return SuitePlan(
        runner=Runner.GO,
        command=("go", "test", *_flags(ci), "./..."),
        source=f"go.mod and {len(tests)} test file(s)",
        setup=(("go", "mod", "download"),) if needs else (),
        # Compiling the standard library takes longer than most suites.
        warm_up=(("go", "test", "-run=^$", "./..."),),
        checks=_checks(ci),
        dependency_files=tuple(name for name in ("go.mod", "go.sum", "go.work") if has_file(tree, name)),
    )


def _flags(ci: Sequence[str]) -> tuple[str, ...]:
    line = next((line for line in ci if re.search(r"\bgo test\b", line)), "")
    try:
        words = shlex.split(line)
    except ValueError:
        return ()
    # The race detector needs a C compiler and several times the memory.
    return tuple(word for word in words if _FLAGS.fullmatch(word) and not word.startswith("-race"))


def _checks(ci: Sequence[str]) -> tuple[CheckCommand, ...]:
    checks = []
    if any(re.search(r"\bgo vet\b", line) for line in ci):
        checks.append(CheckCommand(name="go vet", command=("go", "vet", "./...")))
    if any(re.search(r"\bgofmt\b", line) for line in ci):
        # gofmt succeeds even when it lists files.
        checks.append(
            CheckCommand(name="gofmt", command=("sh", "-c", 'out=$(gofmt -l .); echo "$out"; test -z "$out"'))
        )
    if any(re.search(r"\bgo build\b", line) for line in ci):
        checks.append(CheckCommand(name="go build", command=("go", "build", "./...")))
    return tuple(checks)
