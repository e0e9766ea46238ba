"""Tests of ours that have to fail in a run: where one does not, a failure of the project's tests would not be seen either."""

import hashlib
import re
from collections.abc import Mapping

from msgspec.structs import replace

from tamma_core.domain.record import Record
from tamma_core.verification.suite import Suite

_WORD = re.compile(r"must_fail_\w+|MustFail")
_ALIAS = re.compile(r"x[0-9a-f]{16}")


class MustFail(Record, frozen=True, kw_only=True):
    """Hold the names that have to be reported as failed, the files that bring these tests, and where those lie inside."""

    names: frozenset[str]
    files: Mapping[str, str]
    place: str


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
    passed = frozenset().union(*(found for name, found in ours.items() if not suite.cases[name].red))
    unseen = must_fail.names.difference(*ours.values())
    cases = {name: case for name, case in suite.cases.items() if name not in ours}
    return replace(suite, cases=cases, must_fail=len(must_fail.names), passed=len(passed), unseen=len(unseen))
