"""Tests of ours that have to fail in a run: where one does not, a failure of the project's tests would not be seen either."""

import hashlib
import re
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from tamma_core.domain.record import Record
from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.suite import Case, Suite

_WORD = re.compile(r"must_fail_\w+|MustFail")
_ALIAS = re.compile(r"x[0-9a-f]{16}")
_FILE = re.compile(r"[^\s>]+\.[cm]?[jt]sx?")
"""A file that is one test to its runner, by whether it ends well."""


class MustFail(Record, frozen=True, kw_only=True):
    """Hold the names that have to be reported as failed, the files that bring these tests, and where those lie inside."""

    names: frozenset[str]
    files: Mapping[str, str]
    place: str
    first: frozenset[str] = frozenset()
    """Those that come before the project's, where they run in each of several processes, whose reports follow one another."""
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
    ours = {name: found for name in suite.cases if (found := must_fail.names.intersection(_ALIAS.findall(name)))}
    cases = {name: case for name, case in suite.cases.items() if name not in ours}
    whole = [name for name in cases if must_fail.first and _FILE.fullmatch(name)]
    if cases and len(whole) == len(cases):
        return replace(suite, cases=cases)
    passed = frozenset().union(*(found for name, found in ours.items() if not _failed(suite.cases[name], must_fail)))
    unseen = must_fail.names.difference(*ours.values()).union(*_missing(suite, ours, must_fail))
    told = replace(suite, cases=cases, must_fail=len(must_fail.names), passed=len(passed), unseen=len(unseen))
    return replace(told, whole=len(whole))


def _failed(case: Case, must_fail: MustFail) -> bool:
    return case.red or (must_fail.todo and case.outcome is TestOutcome.SKIPPED and bool(case.message))


def _missing(suite: Suite, ours: Mapping[str, frozenset[str]], must_fail: MustFail) -> Iterator[frozenset[str]]:
    """Yield those that a process has not reported around its tests: the first, the project's, and the last follow one another."""
    if not must_fail.first:
        return
    reached, seen, judged = 0, frozenset[str](), False
    for name in (*suite.cases, ""):
        found = ours.get(name, frozenset())
        at = 1 if not found else 0 if found <= must_fail.first else 2
        if at < reached or not name:
            yield must_fail.names - seen if judged else frozenset()
            seen, judged = frozenset[str](), False
        reached, seen = at, seen | found
        judged = judged or not (found or _FILE.fullmatch(name))
