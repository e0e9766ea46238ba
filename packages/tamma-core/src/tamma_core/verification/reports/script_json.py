"""Read the JSON reports of Jest, Vitest and Mocha, and the line report of our own unittest program."""

import json
from collections.abc import Iterator

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered
from tamma_core.verification.tree import strings

_JEST = {"passed": TestOutcome.PASSED, "failed": TestOutcome.FAILED}


def read_jest(data: bytes) -> Suite:
    """Answer the tests of a report of Jest or Vitest by file and full name; a file that broke is an error."""
    report = _object(data)
    files = report.get("testResults") if report else None
    if not isinstance(files, list):
        return Suite(problem="the report of the tests cannot be read")
    return Suite(gathered(_jest_cases(files)))


def read_mocha(data: bytes) -> Suite:
    """Answer the tests of a report of Mocha by file and full title."""
    report = _object(data)
    tests = report.get("tests") if report else None
    if report is None or not isinstance(tests, list):
        return Suite(problem="the report of the tests cannot be read")
    pending = {_title(test) for test in _objects(report.get("pending"))}
    hooks = [
        failure
        for failure in _objects(report.get("failures"))
        if _title(failure) not in set(map(_title, _objects(tests)))
    ]
    return Suite(gathered((_title(test), _mocha_case(test, pending)) for test in [*_objects(tests), *hooks]))


def read_lines(data: bytes) -> Suite:
    """Answer the tests that our unittest program wrote, one JSON object a line, the last line saying that it ended."""
    cases: list[tuple[str, Case]] = []
    ended = False
    for line in data.decode("utf-8", "replace").splitlines():
        entry = _object(line.encode())
        if entry is None:
            continue
        name, outcome = entry.get("name"), entry.get("outcome")
        ended = ended or entry.get("ended") is True
        if isinstance(name, str) and isinstance(outcome, str) and outcome in set(TestOutcome):
            message, file = (value if isinstance(value, str) else "" for value in map(entry.get, ("message", "file")))
            cases.append((name, Case(TestOutcome(outcome), short_message(message), name, file)))
    return Suite(gathered(cases), "" if ended else "the tests did not come to their end")


def _jest_cases(files: list[object]) -> Iterator[tuple[str, Case]]:
    for file in _objects(files):
        name = _relative(file.get("name"))
        tests = _objects(file.get("assertionResults"))
        for test in tests:
            outcome = _JEST.get(str(test.get("status")), TestOutcome.SKIPPED)
            message = short_message("\n".join(strings(test.get("failureMessages"))))
            yield f"{name} > {test.get('fullName')}", Case(outcome, message, name, name)
        if not tests and file.get("status") == "failed":
            yield f"{name} [file]", Case(TestOutcome.ERROR, short_message(str(file.get("message"))), name, name)


def _mocha_case(test: dict[str, object], pending: set[str]) -> Case:
    error, file = test.get("err"), _relative(test.get("file") or "")
    if isinstance(error, dict) and error:
        return Case(TestOutcome.FAILED, short_message(str(error.get("stack") or error.get("message"))), file=file)
    return Case(TestOutcome.SKIPPED if _title(test) in pending else TestOutcome.PASSED, file=file)


def _title(test: dict[str, object]) -> str:
    return f"{_relative(test.get('file'))} > {test.get('fullTitle')}"


def _relative(path: object) -> str:
    return str(path).removeprefix("/workspace/")


def _objects(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(data: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
