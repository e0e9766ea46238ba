"""Read what `cargo test` prints: its machine format is not part of any released compiler."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import plain, short_message
from tamma_core.verification.suite import Case, Suite, gathered

_BINARY = re.compile(r"^\s+Running (?:.*\()?(?P<path>[^()]+?)\)?$|^\s+Doc-tests (?P<crate>\S+)$")
_BEGIN = re.compile(r"^running (?P<count>\d{1,7}) tests?$")
_TEST = re.compile(r"^test (?P<name>\S.*?) \.\.\. (?P<word>ok|FAILED|ignored)\b")
_END = re.compile(r"^test result: (?:ok|FAILED)\.")
_SECTION = re.compile(r"^---- (?P<name>\S.*?)(?: stdout| stderr)? ----$")
_LINE = re.compile(r" \(line \d+\)")
_OUTCOMES = {"ok": TestOutcome.PASSED, "FAILED": TestOutcome.FAILED, "ignored": TestOutcome.SKIPPED}
_BROKEN = re.compile(r"^error(?:\[E\d+\])?: .*$|^error: test failed.*$", re.MULTILINE)


@dataclass(slots=True)
class _Binary:
    """Hold what one program of tests said."""

    crate: str
    outcomes: list[tuple[str, TestOutcome]] = field(default_factory=list)
    messages: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    begun: bool = False
    ended: bool = False


def read_cargo(text: str) -> Suite:
    """Answer tests as `crate::path`; a program that broke off is an error of its own, and so is one that did not compile."""
    binaries = list(_binaries(plain(text)))
    cases = gathered(case for binary in binaries for case in _cases(binary))
    broken = _BROKEN.search(text)
    if cases or not broken:
        return Suite(cases)
    return Suite(problem=f"it was not compiled: {short_message(text[broken.start() :], 1000)}")


def _binaries(text: str) -> Iterator[_Binary]:
    current, section = _Binary("tests"), ""
    for line in text.splitlines():
        heading, test, part = _BINARY.match(line), _TEST.match(line), _SECTION.match(line)
        if heading:
            yield current
            current, section = _Binary(heading["crate"] or _crate(heading["path"])), ""
        elif _BEGIN.match(line):
            current.begun = True
        elif _END.match(line):
            current.ended, section = True, ""
        elif test and not section:
            current.outcomes.append((test["name"].removesuffix(" - should panic"), _OUTCOMES[test["word"]]))
        elif part:
            section = part["name"]
        elif section and line != "failures:":
            current.messages[section].append(line)
    yield current


def _crate(path: str) -> str:
    """Answer a program's name without the hash that the compiler gave it."""
    return re.sub(r"-[0-9a-f]{16}(?:\.exe)?$", "", path.replace("\\", "/").rsplit("/", 1)[-1])


def _cases(binary: _Binary) -> Iterator[tuple[str, Case]]:
    for name, outcome in binary.outcomes:
        message = short_message("\n".join(binary.messages[name])) if outcome is TestOutcome.FAILED else ""
        # A documentation test is named by its line, which any edit above it moves.
        documentation = bool(_LINE.search(name))
        yield f"{binary.crate}::{_LINE.sub('', name)}", Case(outcome, message, "" if documentation else name)
    if binary.begun and not binary.ended:
        yield f"{binary.crate} [program]", Case(TestOutcome.ERROR, "the program of these tests broke off")
