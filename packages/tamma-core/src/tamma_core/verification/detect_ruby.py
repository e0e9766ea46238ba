"""Detect how a Ruby project is tested."""

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.settings import CheckCommand, Command
from tamma_core.verification.tree import files_below, has_file, read_file

_SPEC = re.compile(r"(?:.*/)?spec/.*_spec\.rb")
_TEST = re.compile(r"(?:.*/)?test/(?:.*/)?(?:test_[^/]*|[^/]*_test)\.rb")
_TEST_UNIT = re.compile(r"^\s*require ['\"]test/unit['\"]|Test::Unit::TestCase", re.MULTILINE)
_RSPEC = re.compile(r"(?:^|\s)rspec\b(?P<words>[^;&|]*)")
_LOOKED_INTO = 100
_EACH = 'Dir["test/**/{test_*,*_test}.rb"].sort.each { |name| require File.expand_path(name) }'
_CHECKS = {
    "rubocop": r"rubocop(?: [\w./=,-]+)*",
    "standardrb": r"standardrb(?: [\w./=,-]+)*",
    "steep": r"steep check(?: [\w./=,-]+)*",
    "sorbet": r"srb tc(?: [\w./=,-]+)*",
}
_ENVIRONMENT = {"BUNDLE_PATH": "/deps/bundle", "BUNDLE_APP_CONFIG": "/deps/bundle-config", "BUNDLE_DISABLE_VERSION_CHECK": "true"}  # fmt: skip


def detect_ruby(tree: Path, ci: Sequence[str]) -> SuitePlan | None:
    """Answer how to test a Ruby tree; none if it holds no tests."""
    names = list(files_below(tree, ".rb"))
    specs, tests = ([name for name in names if kind.fullmatch(name)] for kind in (_SPEC, _TEST))
    if not (specs or tests):
        return None
    bundled = has_file(tree, "Gemfile")
    begin: Command = ("bundle", "exec") if bundled else ()
    if specs:
        runner, command = Runner.RSPEC, (*begin, "rspec", *_rspec_words(ci))
    else:
        unit = any(_TEST_UNIT.search(read_file(tree, name)) for name in islice(tests, _LOOKED_INTO))
        runner, command = Runner.OTHER if unit else Runner.MINITEST, (*begin, *_minitest(tree))
    files = [
        name for name in files_below(tree) if re.fullmatch(r"Gemfile(?:\.lock)?|\.ruby-version|[^/]+\.gemspec", name)
    ]
    return SuitePlan(
        runner=runner,
        command=command,
        source=f"{len(specs) or len(tests)} file(s) of {'specifications' if specs else 'tests'}",
        setup=(("bundle", "install", "--jobs", "2"),) if bundled else (),
        checks=tuple(_checks(ci, begin)),
        dependency_files=tuple(files),
        environment=_ENVIRONMENT if bundled else {},
    )


def _rspec_words(ci: Sequence[str]) -> Command:
    found = next((match for line in ci if "$" not in line and (match := _RSPEC.search(line))), None)
    try:
        words = shlex.split(found["words"]) if found else []
    except ValueError:
        return ()
    return tuple(word for word in words if re.match(r"(?:-I|-r)\S|--tag=|(?:\./)?[\w-]+/", word))


def _minitest(tree: Path) -> Command:
    if re.search(r"\bTestTask\b|\btask :?test\b", read_file(tree, "Rakefile")):
        return ("rake", "test")
    return ("ruby", "-Ilib", "-Itest", "-e", f'require "minitest/autorun"; {_EACH}')


def _checks(ci: Sequence[str], begin: Command) -> Iterator[CheckCommand]:
    for name, pattern in _CHECKS.items():
        found = next(
            (match for line in ci if (match := re.search(rf"(?:^|[\s;&])({pattern})(?=\s*(?:$|[;&|]))", line))), None
        )
        if found:
            yield CheckCommand(name=name, command=(*begin, *found[1].split()))
