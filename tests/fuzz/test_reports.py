"""Reports of test runners, which the tested code writes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tamma_core.verification.messages import middle_cut, one_line, short_message
from tamma_core.verification.reports.cargo_text import read_cargo
from tamma_core.verification.reports.go_json import read_go
from tamma_core.verification.reports.junit import read_junit
from tamma_core.verification.reports.rspec_json import read_rspec
from tamma_core.verification.reports.script_json import read_jest, read_lines, read_mocha
from tamma_core.verification.reports.tap import read_tap, read_tape
from tamma_core.verification.reports.trs import read_trs
from tamma_core.verification.reports.trx import read_trx
from tamma_core.verification.suite import Suite

from fuzz.material import damaged, texts

JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite name="p"><testcase classname="a.B" name="t[1]" file="a.py">
<failure message="m">E 1 == 2</failure></testcase><testcase name="s"><skipped/></testcase></testsuite></testsuites>"""
TAP = b"""TAP version 13
# Subtest: group
    not ok 1 - fails # TODO
      ---
      error: 'x'
      ...
    1..1
ok 1 - group
1..1
"""
GO = b"""{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"x\\n"}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.1}
{"Action":"fail","Package":"p"}
"""
RSPEC = b'{"examples":[{"full_description":"a","status":"failed","file_path":"./a","exception":{"message":"x"}}],"messages":["m"],"summary":{"errors_outside_of_examples_count":1}}'
TRX = b'<T xmlns="x"><UnitTestResult testId="a" testName="N(1)" outcome="Failed"><Message>m</Message></UnitTestResult><UnitTest id="a"><TestMethod className="C, D"/></UnitTest></T>'
CARGO = b"""     Running unittests src/lib.rs (target/debug/deps/it-dd256e7748648418)
running 2 tests
test a::b - should panic ... FAILED
---- a::b stdout ----
x
test result: FAILED. 0 passed
   Doc-tests it
error: could not compile
"""
JEST = b'{"testResults":[{"name":"/w/a.test.js","assertionResults":[{"fullName":"a b","status":"failed","failureMessages":["x"]}]}]}'
MOCHA = b'{"tests":[{"fullTitle":"a b","file":"/w/a.js","err":{"message":"x"}}],"pending":[{"fullTitle":"c"}],"failures":[]}'
LINES = b'{"name":"a","outcome":"failed","message":"x"}\n{"name":"b","outcome":"passed"}\n'


def _text(read: Callable[[str], Suite]) -> Callable[[bytes], Suite]:
    return lambda data: read(data.decode(errors="replace"))


READERS = {
    "junit": (read_junit, JUNIT),
    "jest": (read_jest, JEST),
    "mocha": (read_mocha, MOCHA),
    "lines": (read_lines, LINES),
    "tap": (_text(read_tap), TAP),
    "tape": (_text(read_tape), TAP),
    "go": (_text(read_go), GO),
    "cargo": (_text(read_cargo), CARGO),
    "rspec": (read_rspec, RSPEC),
    "trx": (lambda data: read_trx([data]), TRX),
    "trs": (lambda data: read_trs({"a.trs": data}), b":test-result: PASS a\n:test-result: FAIL b\n"),
}


@pytest.mark.parametrize(("read", "sample"), READERS.values(), ids=READERS)
@given(data=st.data())
def test_report_of_any_kind_is_a_suite(read: Callable[[bytes], Suite], sample: bytes, data: st.DataObject) -> None:
    """A runner's words are tests or a stated problem, never an exception; names are single lines of bounded length."""
    suite = read(data.draw(damaged([sample]) | texts.map(lambda text: text.encode("utf-8", "replace"))))
    for name, case in suite.cases.items():
        assert name
        assert "\n" not in name
        assert len(case.message) < 10_000


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><testsuites><testcase name="&c;"/></testsuites>'


@pytest.mark.parametrize(("read", "sample"), READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "hostile",
    [
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"<a>" * 100_000,
        b"    " * 100_000,
        b"9" * 9000,
        BOMB,
        b"# a\nok 1\n" * 20_000 + b"1..20000",
        b"1.." + b"9" * 9000,
    ],
)
def test_report_made_to_break_a_parser(read: Callable[[bytes], Suite], sample: bytes, hostile: bytes) -> None:
    """Nesting, entities and numbers without an end are a problem of the report."""
    assert sample
    read(hostile)


@given(texts, st.integers(40, 400))
def test_messages_are_bounded(text: str, limit: int) -> None:
    """A message is as long as it may be, and one line is one line."""
    assert len(short_message(text * 50, limit)) <= 2 * limit
    assert "\n" not in one_line(text)
    assert len(middle_cut(text * 50, limit)) <= 2 * limit
