"""Start Go's tests."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from tamma_core.verification.must_fail import MustFail, alias, disguised
from tamma_core.verification.plan import SuitePlan
from tamma_core.verification.reports.go_json import read_go
from tamma_core.verification.runners.driver import SuiteCommand, SuiteRun
from tamma_core.verification.suite import Suite
from tamma_core.verification.tree import has_file, read_file, walk

_NAMED = re.compile(r'"(must_fail_\w+)"')
_TIMES = (("must_fail_first", "0"), ("must_fail_last", "zz"))
"""What the two files are made of, and what their names begin with: a package's tests run in the order of its files."""
_ELSEWHERE = re.compile(r"--?(?:failfast|run|skip|list|shuffle|overlay|fuzz|exec|c|o|args)(?:=.*)?")
"""Options with which ours would be left out, stop the others, come in no order, or not be found."""
_NO_TESTS = re.compile(r".* \[package\]")
# Nothing is tried twice: a file made to be slow costs as much more as it is longer.
_PACKAGE = re.compile(r"\ufeff?(?>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/)*+package\s+(\w+)")
_IGNORED = re.compile(r"^//(?:go:build|\s*\+build)\s+ignore\b", re.MULTILINE)
_HEAD_BYTES = 64 << 10
_MOST_FILES = 400_000


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


def with_must_fail(command: SuiteCommand, plan: SuitePlan, token: str, tree: Path | None) -> SuiteCommand:
    """Have Go take two files of ours for part of the tests from outside in each package that has tests; they are in none of its folders."""
    packages = dict(_packages(tree)) if tree is not None else {}
    if not packages or any(map(_ELSEWHERE.fullmatch, plan.command)):
        return command
    text = Path(__file__).with_name("must_fail_tests.go").read_text(encoding="utf-8")
    place, overlay = f"/tamma/{alias(token, 'place')}", f"{alias(token, 'overlay')}.json"
    files: dict[str, str] = {}
    shown: dict[str, str] = {}
    for time, begin in _TIMES:
        for folder, package in packages.items():
            name = f"{alias(token + time, package)}.go"
            files[name] = disguised(token + time, text).replace("subject", package, 1)
            shown[os.path.join(folder, f"{begin}{alias(token, time)}_test.go")] = f"{place}/{name}"  # noqa: PTH118 - none of ours to look at
    files[overlay] = json.dumps({"Replace": shown})
    names = frozenset(alias(token + time, word) for time, _ in _TIMES for word in _NAMED.findall(text))
    around = [alias(token + time, "must_fail_tests") for time, _ in _TIMES]
    argv = [
        word.replace("^(", f"^({'|'.join(f'Test_{name}' for name in around)}|", 1) if word.startswith("^(") else word
        for word in command.argv
    ]
    return replace(
        command,
        argv=(*argv[:2], f"-overlay={place}/{overlay}", *argv[2:]),
        must_fail=MustFail(
            names=names, files=files, place=place, around=frozenset(around), by_package=True, alone=_NO_TESTS
        ),
    )


def _packages(tree: Path) -> Iterator[tuple[str, str]]:
    """Yield the folders that have tests, each with the name of the package of tests that look at it from outside."""
    count = 0
    for folder, below, files in walk(tree):
        below[:] = [name for name in below if not name.startswith((".", "_")) and name not in {"testdata", "vendor"}]
        path = os.path.relpath(folder, tree)
        count += len(files)
        if count > _MOST_FILES or (path != "." and has_file(tree, f"{path}/go.mod")):
            below.clear()
            continue
        tests = (name for name in sorted(files) if name.endswith("_test.go") and not name.startswith((".", "_")))
        named = (_package(read_file(tree, f"{path}/{name}", _HEAD_BYTES)) for name in tests)
        # Of other folders Go makes no package.
        if path.isascii() and (package := next(filter(None, named), None)):
            yield path, f"{package.removesuffix('_test')}_test"


def _package(text: str) -> str | None:
    found = None if _IGNORED.search(text) else _PACKAGE.match(text)
    return found[1] if found else None
