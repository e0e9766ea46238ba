"""Read the Test Anything Protocol, as `node --test` and many others write it."""

import re
from collections.abc import Iterator

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered

_RESULT = re.compile(r"^(?P<indent> *)(?P<ok>ok|not ok)\b *(?P<number>\d+)? *(?:- )?(?P<name>.*)$")
_SUBTEST = re.compile(r"^(?P<indent> *)# Subtest: (?P<name>.*)$")
_DIRECTIVE = re.compile(r"(?<!\\)#\s*(?P<word>skip|todo)\b.*$", re.IGNORECASE)
_STEP = 4


def read_tap(text: str) -> Suite:
    """Answer the tests of a stream by their path; a suite of tests is not a test itself."""
    cases = gathered(_cases(text.splitlines()))
    bailed = re.search(r"^ *Bail out!(.*)$", text, re.MULTILINE)
    problem = f"the tests were given up:{bailed[1][:200]}" if bailed else ""
    return Suite(cases, problem or ("" if cases else "the output holds no results of tests"))


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
    directive = _DIRECTIVE.search(result["name"])
    if directive:
        return Case(TestOutcome.SKIPPED)
    if result["ok"] == "ok":
        return Case(TestOutcome.PASSED)
    return Case(TestOutcome.FAILED, short_message("\n".join(_diagnosis(lines, number + 1))))


def _diagnosis(lines: list[str], start: int) -> Iterator[str]:
    if start >= len(lines) or lines[start].strip() != "---":
        return
    for line in lines[start + 1 : start + 200]:
        if line.strip() == "...":
            return
        yield line.strip()


def _unescaped(name: str) -> str:
    return re.sub(r"\\([#\\])", r"\1", name)
