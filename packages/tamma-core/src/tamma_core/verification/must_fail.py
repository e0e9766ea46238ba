"""Tests of ours that have to fail in a run: where one does not, a failure of the project's tests would not be seen either."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from tamma_core.domain.record import Record
from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.suite import Case, Suite

_WORD = re.compile(r"must_fail_\w+|MustFail")
_ALIAS = re.compile(r"x[0-9a-f]{16}")


class MustFail(Record, frozen=True, kw_only=True):
    """Hold the names that have to be reported as failed, the files that bring these tests, and where those lie inside."""

    names: frozenset[str]
    files: Mapping[str, str]
    place: str
    first: frozenset[str] = frozenset()
    """Those that come before the project's, where they run in each of several processes, whose reports follow one another."""
    around: frozenset[str] = frozenset()
    """What they are part of, which passes and tells nothing."""
    by_package: bool = False
    """Whether they run in each of several processes, one for the package with which the selector of a test begins."""
    alone: re.Pattern[str] | None = None
    """What the results of such a process are called that makes no tests, or came to none."""
    todo: bool = False
    """Whether they are marked as to be done yet, so that nothing counts their failures."""


def alias(token: str, word: str) -> str:
    """Answer a name that is another one in each run, and that nobody guesses who does not know the token."""
    return f"x{hashlib.sha256(f'{token} {word}'.encode()).hexdigest()[:16]}"


def disguised(token: str, text: str) -> str:
    """Give each of our words in a program its name of this run."""
    return _WORD.sub(lambda word: alias(token, word[0]), text)


def taken_out(suite: Suite, must_fail: MustFail | None) -> Suite:
    """Answer the project's tests alone, and what the others tell of the run."""
    if must_fail is None:
        return suite
    known = must_fail.names | must_fail.around
    ours = {name: found for name in suite.cases if (found := known.intersection(_ALIAS.findall(name)))}
    cases = {name: case for name, case in suite.cases.items() if name not in ours}
    whole = [name for name in cases if must_fail.first and _alone(name, must_fail)]
    if cases and len(whole) == len(cases):
        return replace(suite, cases=cases)
    passed = frozenset().union(*(found for name, found in ours.items() if not _failed(suite.cases[name], must_fail)))
    unseen = must_fail.names.difference(*ours.values())
    for process in _processes(suite, ours, must_fail):
        if any(name in cases and not _alone(name, must_fail) for name in process):
            unseen |= must_fail.names.difference(*(ours.get(name, ()) for name in process))
    told = replace(
        suite, cases=cases, must_fail=len(must_fail.names), passed=len(passed & must_fail.names), unseen=len(unseen)
    )
    return replace(told, whole=len(whole))


def _failed(case: Case, must_fail: MustFail) -> bool:
    return case.red or (must_fail.todo and case.outcome is TestOutcome.SKIPPED and bool(case.message))


def _alone(name: str, must_fail: MustFail) -> bool:
    return bool(must_fail.alone and must_fail.alone.fullmatch(name))


def _processes(suite: Suite, ours: Mapping[str, frozenset[str]], must_fail: MustFail) -> Iterable[Sequence[str]]:
    """Tell apart what each process reported, where there are several: what one reports shows nothing of another."""
    if must_fail.by_package:
        packages: dict[str, list[str]] = {}
        for name, case in suite.cases.items():
            packages.setdefault(case.selector.partition(" ")[0], []).append(name)
        return packages.values()
    return _one_after_another(suite, ours, must_fail.first) if must_fail.first else ()


def _one_after_another(
    suite: Suite, ours: Mapping[str, frozenset[str]], first: frozenset[str]
) -> Iterator[Sequence[str]]:
    """Yield the first, the project's and the last that follow one another, where one of them may be missing."""
    reached, process = 0, list[str]()
    for name in suite.cases:
        found = ours.get(name)
        at = 1 if not found else 0 if found <= first else 2
        if at < reached:
            yield process
            process = []
        reached = at
        process.append(name)
    yield process
