"""Read the JSON report of RSpec."""

import json
from collections.abc import Iterator

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered
from tamma_core.verification.tree import strings, table

_OUTCOMES = {"passed": TestOutcome.PASSED, "failed": TestOutcome.FAILED, "pending": TestOutcome.SKIPPED}


def read_rspec(data: bytes) -> Suite:
    """Answer the examples by file and full description; what broke while files were loaded is an error of its own."""
    try:
        report = json.loads(data)
    except (ValueError, RecursionError):
        report = None
    examples = table(report).get("examples")
    if not isinstance(examples, list):
        return Suite(problem="the report of the tests cannot be read")
    return Suite(gathered((*_cases(examples), *_outside(table(report)))))


def _cases(examples: list[object]) -> Iterator[tuple[str, Case]]:
    for example in examples:
        known = table(example)
        file = str(known.get("file_path"))
        outcome = _OUTCOMES.get(str(known.get("status")), TestOutcome.ERROR)
        error = table(known, "exception")
        message = short_message(f"{error.get('class')}: {error.get('message')}") if error else ""
        yield f"{file.removeprefix('./')} > {known.get('full_description')}", Case(outcome, message, file, file)


def _outside(report: object) -> Iterator[tuple[str, Case]]:
    if table(report, "summary").get("errors_outside_of_examples_count"):
        told = "\n".join(strings(table(report).get("messages")))
        yield "[loading the files of tests]", Case(TestOutcome.ERROR, short_message(told))
