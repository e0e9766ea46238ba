"""Read the small files that the test driver of Automake leaves beside each test's log."""

import re
from collections.abc import Iterator, Mapping

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.suite import Case, Suite, gathered

_RESULT = re.compile(r"^:test-result:[ \t]*(?P<word>X?PASS|X?FAIL|SKIP|ERROR)\b[ \t]*(?P<name>.*)$", re.MULTILINE)
_OUTCOMES = {
    "PASS": TestOutcome.PASSED,
    "XFAIL": TestOutcome.SKIPPED,
    "SKIP": TestOutcome.SKIPPED,
    "FAIL": TestOutcome.FAILED,
    "XPASS": TestOutcome.FAILED,
    "ERROR": TestOutcome.ERROR,
}


def read_trs(files: Mapping[str, bytes]) -> Suite:
    """Answer the tests by the path of their file, and by the name inside where a driver told several; an expected failure counts as skipped."""
    return Suite(gathered(case for name, data in files.items() for case in _cases(name, data)))


def _cases(name: str, data: bytes) -> Iterator[tuple[str, Case]]:
    test = name.removesuffix(".trs")
    results = list(_RESULT.finditer(data.decode("utf-8", "replace")))
    if not results:
        yield test, Case(TestOutcome.ERROR, "the test left no result")
    for result in results:
        inner = result["name"].strip()
        own = inner if len(results) > 1 or inner else ""
        yield f"{test} > {own}" if own else test, Case(_OUTCOMES[result["word"]])
