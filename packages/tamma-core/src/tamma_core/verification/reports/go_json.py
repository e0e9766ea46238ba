"""Read what `go test -json` prints."""

import json
from collections.abc import Iterator

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered

_OUTCOMES = {"pass": TestOutcome.PASSED, "fail": TestOutcome.FAILED, "skip": TestOutcome.SKIPPED}
_KEPT_CHARACTERS = 20_000
Key = tuple[str, str]


def read_go(text: str) -> Suite:
    """Answer tests and subtests as `package.Test/sub`; a package that fails without one is an error of its own."""
    output: dict[Key, list[str]] = {}
    results: dict[Key, TestOutcome] = {}
    stray: list[str] = []
    for line in text.splitlines():
        event = _event(line)
        if event is None:
            stray.append(line[:500])
            continue
        action, key, printed = event
        if action in {"output", "build-output"}:
            kept = output.setdefault(key, [])
            if sum(map(len, kept[-50:])) < _KEPT_CHARACTERS:
                kept.append(printed)
        elif action in _OUTCOMES:
            results[key] = _OUTCOMES[action]
    cases = gathered(_cases(results, output, stray))
    return Suite(cases, "" if results else f"go printed no results: {short_message(chr(10).join(stray), 500)}")


def _event(line: str) -> tuple[str, Key, str] | None:
    try:
        event = json.loads(line) if line.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict):
        return None
    action, package, test, printed = (event.get(key) or "" for key in ("Action", "Package", "Test", "Output"))
    package = package or event.get("ImportPath") or ""
    if not all(isinstance(value, str) for value in (action, package, test, printed)):
        return None
    return action, (package, test), printed


def _cases(
    results: dict[Key, TestOutcome], output: dict[Key, list[str]], stray: list[str]
) -> Iterator[tuple[str, Case]]:
    # A part that failed alone is one whose failure was to be forgotten, and brings down nothing.
    failed = (key for key, outcome in results.items() if outcome is TestOutcome.FAILED)
    blamed = {package for package, test in failed if test and "/" not in test}
    for (package, test), outcome in results.items():
        printed = "".join(output.get((package, test), ()))
        if test:
            selector = f"{package} {test.split('/', 1)[0]}"
            yield (
                f"{package}.{test}",
                Case(outcome, short_message(printed) if outcome is TestOutcome.FAILED else "", selector),
            )
        elif outcome is TestOutcome.FAILED and package not in blamed:
            built = "".join(text for (name, _), lines in output.items() if name.startswith(package) for text in lines)
            yield (
                f"{package} [package]",
                Case(TestOutcome.ERROR, short_message(built + "\n".join(stray)), f"{package} "),
            )
