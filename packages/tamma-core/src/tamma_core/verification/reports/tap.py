"""Read the Test Anything Protocol, as `node --test` and many others write it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered

_RESULT = re.compile(r"^(?P<indent> *)(?P<ok>ok|not ok)\b *(?P<number>\d+)? *(?:- )?(?P<name>.*)$")
_SUBTEST = re.compile(r"^(?P<indent> *)# Subtest: (?P<name>.*)$")
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(?P<word>skip|todo)\b.*$", re.IGNORECASE)
_PLAN = re.compile(r"^1\.\.(?P<count>[0-9]{1,9})\s*$")
_STEP = 4


def read_tap(text: str) -> Suite:
    """Answer the tests of a stream by their path; a suite of tests is not a test itself."""
    cases = gathered(_cases(text.splitlines()))
    bailed = re.search(r"^ *Bail out!(.*)$", text, re.MULTILINE)
    problem = f"the tests were given up:{bailed[1][:200]}" if bailed else ""
    return Suite(cases, problem or ("" if cases else "the output holds no results of tests"))


def read_tape(text: str) -> Suite:
    """Answer the tests of a flat stream: a comment names each, and the results below it are its assertions."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if _PLAN.match(line)), None)
    asserted = [number for number, line in enumerate(lines[:end]) if line[:1] != " " and _RESULT.match(line)]
    tests = gathered(_tests(lines[:end], asserted))
    if end is None:
        return Suite(tests, "the tests did not come to their end: the output holds no plan")
    planned = int(lines[end].partition("..")[2])
    return Suite(tests, "" if planned == len(asserted) else f"{planned} assertions were planned, {len(asserted)} made")


def _tests(lines: list[str], asserted: list[int]) -> Iterator[tuple[str, Case]]:
    """Put the assertions of each test together: the first that failed speaks for it."""
    headings = [number for number, line in enumerate(lines) if line.startswith("# ")]
    for start, stop in pairwise([*headings, len(lines)]):
        below = asserted[bisect_right(asserted, start) : bisect_left(asserted, stop)]
        made = [(number, _RESULT.match(lines[number])) for number in below]
        cases = [_case(result, lines, number) for number, result in made if result]
        name = lines[start].removeprefix("# ")
        if re.match(r"SKIP\b", name):
            yield name.removeprefix("SKIP").strip(), Case(TestOutcome.SKIPPED)
        elif cases:
            yield name, _together(cases)


def _together(assertions: list[Case]) -> Case:
    telling = [case for case in assertions if case.outcome is not TestOutcome.SKIPPED] or assertions
    return next((case for case in telling if case.red), telling[0])


def _cases(lines: list[str]) -> Iterator[tuple[str, Case]]:
    path: dict[int, str] = {}
    parents: set[int] = set()
    for number, line in enumerate(lines):
        announced = _SUBTEST.match(line)
        result = _RESULT.match(line)
        if announced:
            depth = len(announced["indent"]) // _STEP
            path = {level: name for level, name in path.items() if level < depth} | {
                depth: _unescaped(announced["name"])
            }
            parents.discard(depth)
        elif result:
            depth = len(result["indent"]) // _STEP
            if depth:
                parents.add(depth - 1)
            if depth in parents:
                parents.discard(depth)
                continue
            name = _unescaped(_DIRECTIVE.sub("", result["name"]).strip())
            yield (
                " > ".join([*(path[level] for level in sorted(path) if level < depth), name]),
                _case(result, lines, number),
            )


def _case(result: re.Match[str], lines: list[str], number: int) -> Case:
    passed = result["ok"] == "ok"
    message = "" if passed else short_message("\n".join(_diagnosis(lines, number + 1)))
    if directive := _DIRECTIVE.search(result["name"]):
        # What is to be done yet speaks for nothing, but may have failed.
        return Case(TestOutcome.SKIPPED, message if directive["word"].casefold() == "todo" else "")
    return Case(TestOutcome.PASSED if passed else TestOutcome.FAILED, message)


def _diagnosis(lines: list[str], start: int) -> Iterator[str]:
    if start >= len(lines) or lines[start].strip() != "---":
        return
    for line in lines[start + 1 : start + 200]:
        if line.strip() == "...":
            return
        yield line.strip()


def _unescaped(name: str) -> str:
    return re.sub(r"\\([#\\])", r"\1", name)
