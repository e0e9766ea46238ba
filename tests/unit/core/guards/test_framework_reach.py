import re
from collections.abc import Iterator
from typing import Any

import pytest
from tamma_core.domain.change import FileChange
from tamma_core.guards import content_rules, framework_reach
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.framework_reach import reach_out_findings
from tamma_core.guards.python_reach import new_reach
from unit.core.guards.counting import calls

parser, ANY, MAXREPEAT = re._parser, re._constants.ANY, re._constants.MAXREPEAT  # type: ignore[attr-defined]  # nothing public tells
FORMS = {
    ending: forms
    for ending, forms in framework_reach._BY_ENDING.items()
    if ending in {"js", "go", "rs", "java", "rb", "php", "c"}
}
PATTERNS = [
    pytest.param(pattern, id=f"{ending}-{number}")
    for ending, forms in FORMS.items()
    for number, pattern in enumerate([forms.alone, *(part for pair in forms.pairs for part in pair)])
] + [pytest.param(pattern, id=rule) for rule, pattern in content_rules._LINE_RULES]


def sequences(parsed: object) -> Iterator[list[Any]]:
    """Yield each sequence of a parsed pattern, at every depth."""
    if isinstance(parsed, parser.SubPattern):
        yield list(parsed)
    if isinstance(parsed, parser.SubPattern | list | tuple):
        for part in parsed:
            yield from sequences(part)


def squares(sequence: list[Any]) -> Iterator[str]:
    """Name what may take the same characters in two ways, or go on to the end of the line from each place."""
    open_ends: list[str] = []
    for kind, how in sequence:
        if kind is not re._constants.MAX_REPEAT:  # type: ignore[attr-defined]  # as above
            open_ends = []
            continue
        least, most, what = how
        if most is MAXREPEAT and what[0][0] is ANY:
            yield "a repeated dot"
        if most is MAXREPEAT and str(what) in open_ends:
            yield f"{what} twice"
        open_ends = [*([] if least else open_ends), *([str(what)] if most is MAXREPEAT else [])]


def found_by(pattern: str) -> list[str]:
    return [told for sequence in sequences(parser.parse(pattern)) for told in squares(sequence)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_pattern_takes_squares(pattern: re.Pattern[str]) -> None:
    """Each is linear in a line, so that no line has to be cut."""
    assert found_by(pattern.pattern) == []


def test_squares_are_seen() -> None:
    """What stood in the patterns before is told."""
    assert found_by(r"\bargv\b.*(?:test|pest)") == ["a repeated dot"]
    assert len(found_by(r"a|(?:from)\s*\(?\s*[\"']")) == 1
    assert found_by(r"(?:from)\s*(?:\(\s*)?[\"']") == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a.js", "require('node:test')"),
        ("a.js", "f(process.argv, PAD, 'x.spec.js')"),
        ("a.rb", "a if $0 == PAD + 'x_test'"),
        ("a.php", "f($argv, PAD, 'PhpUnit')"),
        ("a.go", "func init() { PAD; os.Exit(0) }"),
        ("a.cpp", "bool operator == (A a) { PAD; return 1; } bool b() { return  true; }"),
    ],
)
def test_a_long_line_is_read_to_its_end(path: str, code: str) -> None:
    """What comes after thousands of characters is seen, and so is the second of two words."""
    for before, between in (("x = 1; " * 2000, ""), ("", "x; " * 3000)):
        text = f"{before}{code.replace('PAD', between)}\n"
        file = FileVersions(FileChange(path=path, kind="modified"), b"a = 1\n", text.encode())
        assert [finding.rule for finding in reach_out_findings(file)] == ["test_reach"]


def deeper(unit: str, depth: int) -> str:
    """Answer a program whose `<part>` stands in itself, or after itself, this many times."""
    before, part, after = re.fullmatch("(.*)<(.*)>(.*)", unit, re.DOTALL).groups()  # type: ignore[union-attr]  # it matches
    return f"{before}{part * depth}{after}{')' * part.count('(') * depth}\n"


def steps(text: str) -> int:
    """Count what is called while a program is read."""
    return calls(lambda: new_reach(None, text))


@pytest.mark.parametrize(
    "unit",
    ["a<.b>", "a<.b> = 1", "<setattr(a, >1", "<delattr(a.b.c, >1", "<sys.argv\n>", "import os\n<os.f = 1\n>"],
)
def test_a_deeper_program_costs_as_much_more_as_it_is_deeper(unit: str) -> None:
    """Four times the depth takes about four times the steps; with squares it would be up to sixteen."""
    assert steps(deeper(unit, 160)) < 6 * steps(deeper(unit, 40))
