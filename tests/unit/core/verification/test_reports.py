import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.commands import read_suite, suite_command
from tamma_core.verification.messages import one_line, short_message
from tamma_core.verification.plan import Runner, SuitePlan
from tamma_core.verification.reports.cargo_text import read_cargo
from tamma_core.verification.reports.go_json import read_go
from tamma_core.verification.reports.junit import read_junit
from tamma_core.verification.reports.rspec_json import read_rspec
from tamma_core.verification.reports.script_json import read_jest, read_lines, read_mocha
from tamma_core.verification.reports.tap import read_tap, read_tape
from tamma_core.verification.reports.trx import read_trx
from tamma_core.verification.runners.driver import REPORT_NAME, SuiteRun
from tamma_core.verification.suite import Suite

JUNIT = b"""<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="5">
<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py" time="0.1"/>
<testcase classname="tests.test_a.TestB" name="test_no[1]" file="tests/test_a.py"><failure message="short">E  assert 1 == 2</failure></testcase>
<testcase classname="tests.test_a" name="test_error" file="tests/test_a.py"><error message="boom"/></testcase>
<testcase classname="tests.test_a" name="test_skip" file="tests/test_a.py"><skipped message="later"/></testcase>
<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py"/>
</testsuite></testsuites>"""
TAP = """TAP version 13
# Subtest: group \\# x
    # Subtest: adds
    ok 1 - adds
      ---
      duration_ms: 0.5
      ...
    # Subtest: fails
    not ok 2 - fails
      ---
      error: '1 == 2'
      ...
    # Subtest: later
    ok 3 - later # SKIP
    1..3
not ok 1 - group \\# x
  ---
  type: 'suite'
  ...
# Subtest: top
ok 2 - top
# Subtest: some day
not ok 3 - some day # TODO
1..3
"""
TAPE = """TAP version 13
# adds
ok 1 should be equal
ok 2 should be equal
# fails
not ok 3 should be equal
  ---
    expected: 1
    actual: 2
  ...
ok 4 should be equal
# SKIP later
# some day
not ok 5 should be equal # TODO
# only a remark
1..5
# tests 5
# pass 3
# fail 1
"""
GO = "\n".join(
    [
        "# noise",
        *(
            json.dumps(event)
            for event in (
                {"Action": "run", "Package": "x/a", "Test": "TestA"},
                {"Action": "output", "Package": "x/a", "Test": "TestA", "Output": "a_test.go:3: wanted 3\n"},
                {"Action": "fail", "Package": "x/a", "Test": "TestA"},
                {"Action": "pass", "Package": "x/a", "Test": "TestB/sub"},
                {"Action": "skip", "Package": "x/a", "Test": "TestC"},
                {"Action": "fail", "Package": "x/a"},
                {"Action": "build-output", "ImportPath": "x/b [x/b.test]", "Output": "b.go:1: syntax error\n"},
                {"Action": "fail", "Package": "x/b"},
            )
        ),
    ]
)


def outcomes(suite: Suite) -> dict[str, TestOutcome]:
    return {name: case.outcome for name, case in suite.cases.items()}


def test_junit_is_read() -> None:
    """Every outcome, a name used twice, and what to ask pytest for."""
    suite = read_junit(JUNIT)
    assert outcomes(suite) == {
        "tests.test_a::test_ok": TestOutcome.PASSED,
        "tests.test_a.TestB::test_no[1]": TestOutcome.FAILED,
        "tests.test_a::test_error": TestOutcome.ERROR,
        "tests.test_a::test_skip": TestOutcome.SKIPPED,
        "tests.test_a::test_ok #2": TestOutcome.PASSED,
    }
    failed = suite.cases["tests.test_a.TestB::test_no[1]"]
    assert failed.selector == "tests/test_a.py::TestB::test_no[1]"
    assert failed.message == "E  assert 1 == 2"


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
        b"<a>" * 60 + b"</a>" * 60,
        b"",
        b"<testsuite>",
        b"\0",
    ],
)
def test_hostile_junit_is_a_problem(data: bytes) -> None:
    """Entities, external documents, deep nesting and broken documents are refused, not expanded."""
    suite = read_junit(data)
    assert suite.problem
    assert not suite.cases


def test_tap_is_read() -> None:
    """Tests have their path as name; suites are no tests; skipped and some day are neither red nor green."""
    suite = read_tap(TAP)
    assert outcomes(suite) == {
        "group # x > adds": TestOutcome.PASSED,
        "group # x > fails": TestOutcome.FAILED,
        "group # x > later": TestOutcome.SKIPPED,
        "top": TestOutcome.PASSED,
        "some day": TestOutcome.SKIPPED,
    }
    assert "1 == 2" in suite.cases["group # x > fails"].message


def test_tape_is_read() -> None:
    """A test is what its heading announces and is as good as its worst assertion; the totals are no tests."""
    suite = read_tape(TAPE)
    assert outcomes(suite) == {
        "adds": TestOutcome.PASSED,
        "fails": TestOutcome.FAILED,
        "later": TestOutcome.SKIPPED,
        "some day": TestOutcome.SKIPPED,
    }
    assert "actual: 2" in suite.cases["fails"].message
    assert not suite.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [("# a\nok 1 x\n", "did not come to their end"), ("# a\nok 1 x\n1..2\n", "2 assertions were planned, 1 made")],
)
def test_tape_that_breaks_off_is_a_problem(text: str, problem: str) -> None:
    """Results without a plan, or other than planned, are no verdict."""
    assert problem in read_tape(text).problem


def test_go_is_read() -> None:
    """Tests and subtests by package; a package that does not compile is an error of its own, with the compiler's words."""
    suite = read_go(GO)
    assert outcomes(suite) == {
        "x/a.TestA": TestOutcome.FAILED,
        "x/a.TestB/sub": TestOutcome.PASSED,
        "x/a.TestC": TestOutcome.SKIPPED,
        "x/b [package]": TestOutcome.ERROR,
    }
    assert "wanted 3" in suite.cases["x/a.TestA"].message
    assert "syntax error" in suite.cases["x/b [package]"].message


def test_jest_and_mocha_are_read() -> None:
    """Both JSON reports give file and full name, and a file or hook that broke is an error of its own."""
    jest = {
        "testResults": [
            {"name": "/workspace/a.test.js", "assertionResults": [
                {"fullName": "adds", "status": "passed"},
                {"fullName": "fails", "status": "failed", "failureMessages": ["expected 3"]},
                {"fullName": "later", "status": "pending"},
            ]},
            {"name": "/workspace/b.test.js", "status": "failed", "message": "SyntaxError", "assertionResults": []},
        ]
    }  # fmt: skip
    assert outcomes(read_jest(json.dumps(jest).encode())) == {
        "a.test.js > adds": TestOutcome.PASSED,
        "a.test.js > fails": TestOutcome.FAILED,
        "a.test.js > later": TestOutcome.SKIPPED,
        "b.test.js [file]": TestOutcome.ERROR,
    }
    failed = {"file": "/workspace/a.js", "fullTitle": "fails", "err": {"message": "no"}}
    mocha = {
        "tests": [
            {"file": "/workspace/a.js", "fullTitle": "adds", "err": {}},
            failed,
            {"file": "/workspace/a.js", "fullTitle": "later", "err": {}},
        ],
        "pending": [{"file": "/workspace/a.js", "fullTitle": "later"}],
        "failures": [failed, {"file": "/workspace/a.js", "fullTitle": "before all", "err": {"message": "x"}}],
    }
    assert outcomes(read_mocha(json.dumps(mocha).encode())) == {
        "a.js > adds": TestOutcome.PASSED,
        "a.js > fails": TestOutcome.FAILED,
        "a.js > later": TestOutcome.SKIPPED,
        "a.js > before all": TestOutcome.FAILED,
    }


def test_lines_without_an_end_are_a_problem() -> None:
    """A process that died in the middle does not look finished."""
    line = json.dumps({"name": "a.B.test", "outcome": "passed", "message": ""})
    assert read_lines(f'{line}\n{{"ended": true}}\n'.encode()).problem == ""
    assert "end" in read_lines(f"{line}\n".encode()).problem


@pytest.mark.parametrize(
    "suite",
    [
        read_junit(b"<testsuite><testcase name='t' file='tests/a'/></testsuite>"),
        read_lines(b'{"name": "t", "outcome": "passed", "file": "tests/a"}'),
        read_jest(b'{"testResults": [{"name": "/workspace/tests/a", "assertionResults": [{"status": "passed"}]}]}'),
        read_jest(b'{"testResults": [{"name": "/workspace/tests/a", "status": "failed"}]}'),
        read_mocha(b'{"tests": [{"file": "/workspace/tests/a", "fullTitle": "t"}]}'),
        read_mocha(b'{"tests": [{"file": "/workspace/tests/a", "fullTitle": "t", "err": {"stack": "no"}}]}'),
        read_rspec(b'{"examples": [{"file_path": "tests/a", "status": "passed"}]}'),
    ],
)
def test_files_are_told(suite: Suite) -> None:
    """Where a report names a test's file, the test is known by it."""
    assert [case.file for case in suite.cases.values()] == ["tests/a"]


@pytest.mark.parametrize(
    ("runner", "report", "exit_code", "problem"),
    [
        (Runner.PYTEST, JUNIT, 1, ""),
        (
            Runner.PYTEST,
            b"<testsuites><testsuite><testcase name='a'/></testsuite></testsuites>",
            1,
            "though no test did",
        ),
        (Runner.PYTEST, b"<testsuites><testsuite/></testsuites>", 5, "ran no tests"),
        (Runner.PYTEST, b"", 0, "ran no tests"),
        (Runner.NODE, b"", 0, "ran no tests"),
        (Runner.OTHER, b"", 0, ""),
        (Runner.OTHER, b"", 2, ""),
    ],
)
def test_report_and_exit_code_have_to_agree(runner: Runner, report: bytes, exit_code: int, problem: str) -> None:
    """A runner that fails without a failed test, or reports nothing, is a problem and not a success."""
    plan = SuitePlan(runner=runner, command=("x",), source="")
    suite = read_suite(plan, SuiteRun(reports={REPORT_NAME: report}, output="output", exit_code=exit_code))
    assert problem in suite.problem
    assert bool(problem) == bool(suite.problem)


READERS: list[Callable[[bytes], Suite]] = [
    read_junit,
    read_jest,
    read_mocha,
    read_lines,
    lambda data: read_tap(data.decode("utf-8", "replace")),
    lambda data: read_go(data.decode("utf-8", "replace")),
]
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "testResults",
                    "assertionResults",
                    "tests",
                    "pending",
                    "failures",
                    "err",
                    "Action",
                    "Package",
                    "Test",
                    "Output",
                    "name",
                    "outcome",
                    "ended",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
shards = st.lists(
    st.sampled_from(
        [
            "<testsuites>",
            "<testsuite>",
            "</testsuite>",
            "<testcase name='a'",
            "/>",
            "<failure>",
            "</testcase>",
            "</testsuites>",
            "ok 1 - a\n",
            "not ok\n",
            "    ",
            "# Subtest: b\n",
            "---\n",
            "...\n",
            "{",
            "}",
            "\x00",
            "é",
        ]
    ),
    max_size=20,
)


@pytest.mark.parametrize("reader", READERS)
@given(
    data=st.one_of(
        st.binary(max_size=200),
        shards.map(lambda parts: "".join(parts).encode()),
        json_values.map(lambda v: json.dumps(v).encode()),
    )
)
@settings(deadline=None)  # the first call loads the library
def test_garbage_gives_a_typed_answer(reader: Callable[[bytes], Suite], data: bytes) -> None:
    """No report makes a reader raise, and no name breaks a line."""
    suite = reader(data)
    assert isinstance(suite, Suite)
    assert all("\n" not in name and name for name in suite.cases)


@given(st.text(max_size=3000), st.integers(50, 500))
def test_messages_are_bounded_and_plain(text: str, limit: int) -> None:
    """Whatever a test prints, its message is short and holds no control characters."""
    message = short_message(text, limit)
    assert len(message) <= limit + 60
    assert all(c in "\n\t" or ord(c) >= 32 for c in message)
    assert "\n" not in one_line(text)


def test_a_long_message_keeps_what_tells() -> None:
    """Out of ten thousand lines the assertion and the last line remain."""
    text = "\n".join(
        [*(f"frame {n}" for n in range(5000)), "E   assert 1 == 2", *(f"frame {n}" for n in range(5000)), "the end"]
    )
    message = short_message(text)
    assert "assert 1 == 2" in message
    assert "the end" in message
    assert short_message("\x1b[31mred\x1b[0m\x07\u202e") == "red"


def test_a_build_that_maven_refuses_says_why() -> None:
    """What a plug-in demands of the files stands before the words that Maven ends every failure with."""
    refused = "[ERROR] Failed to execute goal rat-check: Too many files with unapproved license: 1"
    advice = [f"[ERROR] {words}" for words in ("", "Re-run Maven using -e", "", "For more information", "[Help 1] x")]
    text = "\n".join([*("[INFO] scanning" for _ in range(99)), "[INFO] BUILD FAILURE", refused, *advice])
    assert refused in short_message(text)


def test_what_automake_leaves_is_read() -> None:
    """One file a test, or several results in one; a test that left nothing is an error."""
    files = {
        "t/a.trs": b":test-result: PASS\n:recheck: no\n",
        "t/b.trs": b":test-result: PASS one\n:test-result: FAIL two\n:test-result: XFAIL three\n",
        "t/c.trs": b"",
        "notes.txt": b"x",
    }
    run = SuiteRun(reports=files, exit_code=2)
    suite = read_suite(SuitePlan(runner=Runner.MAKE, command=("make", "check"), source=""), run)
    assert {name: case.outcome for name, case in suite.cases.items()} == {
        "t/a": TestOutcome.PASSED,
        "t/b > one": TestOutcome.PASSED,
        "t/b > two": TestOutcome.FAILED,
        "t/b > three": TestOutcome.SKIPPED,
        "t/c": TestOutcome.ERROR,
    }


@pytest.mark.parametrize(
    ("output", "exit_code", "names"),
    [("cc x\n1..2\nok 1 - a\nnot ok 2 - b\n", 1, ["a", "b"]), ("ok\n", 0, ["`make test`"])],
)
def test_make_may_print_results(output: str, exit_code: int, names: list[str]) -> None:
    """The Test Anything Protocol on the output tells the tests; without it the exit code is all."""
    plan = SuitePlan(runner=Runner.MAKE, command=("make", "test"), source="")
    assert list(read_suite(plan, SuiteRun(output=output, exit_code=exit_code)).cases) == names


CARGO = """   Compiling it v0.1.0 (/workspace)
     Running unittests src/lib.rs (target/debug/deps/it-dd256e7748648418)

running 4 tests
test deep::ign ... ignored, later
test deep::bad ... FAILED
test deep::panics - should panic ... ok
test works ... ok

failures:

---- deep::bad stdout ----
test forged ... ok
assertion `left == right` failed: why

failures:
    deep::bad

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.20s

     Running tests/ext.rs (target/debug/deps/ext-dd1f92574bd776ff)

running 1 test
error: test failed, to rerun pass `--test ext`

Caused by:
  process didn't exit successfully: `/workspace/target/debug/deps/ext-dd1f92574bd776ff` (signal: 11, SIGSEGV: invalid memory reference)
   Doc-tests it

running 1 test
test src/lib.rs - more (line 15) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
"""


def test_what_cargo_prints_is_read() -> None:
    """Names carry their program and no lines; a program that broke off is an error; a test's own output is no result."""
    suite = read_cargo(CARGO)
    assert {name: case.outcome for name, case in suite.cases.items()} == {
        "it::deep::ign": TestOutcome.SKIPPED,
        "it::deep::bad": TestOutcome.FAILED,
        "it::deep::panics": TestOutcome.PASSED,
        "it::works": TestOutcome.PASSED,
        "ext [program]": TestOutcome.ERROR,
        "it::src/lib.rs - more": TestOutcome.PASSED,
    }
    assert "left == right" in suite.cases["it::deep::bad"].message
    assert suite.cases["it::deep::bad"].selector == "deep::bad"
    assert suite.cases["it::src/lib.rs - more"].selector == ""
    assert "error[E0425]: cannot" in read_cargo("   Compiling x\nerror[E0425]: cannot find\n --> src\n").problem


def test_suites_within_suites_count_once() -> None:
    """PHPUnit puts data sets into a suite below their class; what a failure does not say was printed."""
    data = b"""<testsuites><testsuite name="t"><testsuite name="A" file="/w/ATest.php">
<testcase name="testOk" classname="A" file="/w/ATest.php"/><testsuite name="A::testBad">
<testcase name="testBad with data set #0" classname="A" file="/w/ATest.php"><failure>no</failure></testcase></testsuite></testsuite></testsuite>
<testsuite name="ctest"><testcase name="zero" classname="zero"><failure message=""/><system-out>oops</system-out></testcase></testsuite></testsuites>"""
    suite = read_junit(data, lambda _classname, name, _file: name.partition(" ")[0])
    assert {name: (case.outcome, case.message, case.selector) for name, case in suite.cases.items()} == {
        "A::testOk": (TestOutcome.PASSED, "", "testOk"),
        "A::testBad with data set #0": (TestOutcome.FAILED, "no", "testBad"),
        "zero": (TestOutcome.FAILED, "oops", "zero"),
    }


@pytest.mark.parametrize(
    ("exit_code", "beside", "outcome"),
    [
        (0, "", TestOutcome.SKIPPED),
        (1, "<testcase name='testBad'><failure>no</failure></testcase>", TestOutcome.SKIPPED),
        (1, "", TestOutcome.ERROR),
    ],
)
def test_a_risky_test_has_not_failed(exit_code: int, beside: str, outcome: TestOutcome) -> None:
    """PHPUnit reports a test that it finds fault with as an error; it is one only where the project's settings make it fail the run."""
    risky = r"<testcase name='testIt'><error type='PHPUnit\Framework\RiskyTestError'>demands nothing</error></testcase>"
    report = f"<testsuites><testsuite>{risky}{beside}</testsuite></testsuites>".encode()
    plan = SuitePlan(runner=Runner.PHPUNIT, command=("x",), source="")
    suite = read_suite(plan, SuiteRun(reports={REPORT_NAME: report}, exit_code=exit_code))
    assert suite.cases["testIt"].outcome is outcome
    assert not suite.problem


def test_a_risky_test_that_failed_too_has_failed() -> None:
    """What PHPUnit finds fault with does not hide an error of the same test."""
    errors = r"<error type='PHPUnit\Framework\RiskyTestError'>demands nothing</error><error type='E'>no</error>"
    beside = "<testcase name='testBad'><failure>no</failure></testcase>"
    report = (
        f"<testsuites><testsuite><testcase name='testIt'>{errors}</testcase>{beside}</testsuite></testsuites>".encode()
    )
    plan = SuitePlan(runner=Runner.PHPUNIT, command=("x",), source="")
    suite = read_suite(plan, SuiteRun(reports={REPORT_NAME: report}, exit_code=2))
    assert suite.cases["testIt"].outcome is TestOutcome.ERROR


RSPEC = b"""{"examples": [{"full_description": "a ok", "status": "passed", "file_path": "./spec/a_spec.rb"},
{"full_description": "a bad", "status": "failed", "file_path": "./spec/a_spec.rb", "exception": {"class": "E", "message": "got 1"}},
{"full_description": "a later", "status": "pending", "file_path": "./spec/a_spec.rb"}], "messages": ["syntax error"],
"summary": {"errors_outside_of_examples_count": 1}}"""


def test_the_report_of_rspec_is_read() -> None:
    """Examples are named by file and description, and files that cannot be loaded are an error."""
    suite = read_rspec(RSPEC)
    assert {name: case.outcome for name, case in suite.cases.items()} == {
        "spec/a_spec.rb > a ok": TestOutcome.PASSED,
        "spec/a_spec.rb > a bad": TestOutcome.FAILED,
        "spec/a_spec.rb > a later": TestOutcome.SKIPPED,
        "[loading the files of tests]": TestOutcome.ERROR,
    }
    assert suite.cases["spec/a_spec.rb > a bad"].message == "E: got 1"
    assert read_rspec(b"x").problem


TRX = b"""<?xml version="1.0" encoding="utf-8"?>
<TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
<UnitTestResult testId="a" testName="Works" outcome="Passed"/>
<UnitTestResult testId="b" testName="Shop.CartTests.Adds(x: 1)" outcome="Failed"><Output><ErrorInfo><Message>Expected 2</Message>
<StackTrace>at Shop</StackTrace></ErrorInfo></Output></UnitTestResult>
<UnitTestResult testId="c" testName="Later" outcome="NotExecuted"/></Results>
<TestDefinitions><UnitTest id="a" name="Works"><TestMethod className="Shop.CartTests, Shop" name="Works"/></UnitTest>
<UnitTest id="b" name="Adds"><TestMethod className="Shop.CartTests" name="Adds"/></UnitTest></TestDefinitions></TestRun>"""
"""Written by hand after Microsoft's published schema of test results: no .NET runs where these tests do."""


def test_the_results_of_dotnet_are_read() -> None:
    """Tests are named by class and method, over several files."""
    suite = read_trx([TRX, TRX.replace(b"Works", b"More")])
    assert {name: case.outcome for name, case in suite.cases.items() if "#" not in name} == {
        "Shop.CartTests.Works": TestOutcome.PASSED,
        "Shop.CartTests.Adds(x: 1)": TestOutcome.FAILED,
        "Later": TestOutcome.SKIPPED,
        "Shop.CartTests.More": TestOutcome.PASSED,
    }
    assert suite.cases["Shop.CartTests.Adds(x: 1)"].message == "Expected 2\nat Shop"
    assert suite.cases["Shop.CartTests.Adds(x: 1)"].selector == "Shop.CartTests.Adds"
    assert "entity" in read_trx([b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>']).problem


@pytest.mark.parametrize(
    ("runner", "command", "chosen", "words"),
    [
        (Runner.MAVEN, ("mvn", "test"), ("a.B", "c.D"), "mvn test -o --fail-at-end -Dtest=a.B,c.D"),
        (Runner.GRADLE, ("gradle", "test"), ("a.B",), "gradle test --offline --no-daemon --continue --tests a.B"),
        (Runner.CTEST, ("sh", "-c", "ctest"), ("a+b",), "ctest --output-junit /report/tests.report -R '^(a\\+b)$'"),
        (Runner.RSPEC, ("rspec",), ("./spec/a_spec.rb",), "--out /report/tests.report --no-color ./spec/a_spec.rb"),
        (Runner.PHPUNIT, ("phpunit",), ("testA", "testB"), "--filter /::(?:testA|testB)(?: |$)/"),
        (Runner.DOTNET, ("dotnet", "test"), ("A.B", "A.C"), "--filter FullyQualifiedName=A.B|FullyQualifiedName=A.C"),
        (
            Runner.CARGO,
            ("cargo", "test", "--", "x"),
            ("a::b",),
            "--offline --no-fail-fast --color=never -- --exact a::b",
        ),
    ],
)
def test_runners_are_asked_for_single_tests(
    runner: Runner, command: tuple[str, ...], chosen: tuple[str, ...], words: str
) -> None:
    """What failed is run again by the runner's own words for it."""
    assert words in " ".join(suite_command(SuitePlan(runner=runner, command=command, source=""), chosen).argv)


def test_every_runner_has_a_module() -> None:
    """Each runner's module can be imported, starts something and reads nothing as a problem or an exit code."""
    words = {Runner.PYTEST: ("pytest",), Runner.UNITTEST: ("unittest",), Runner.NODE: ("node", "--test")}
    for runner in Runner:
        plan = SuitePlan(runner=runner, command=words.get(runner, ("sh", "-c", "x")), source="")
        assert suite_command(plan).argv
        assert read_suite(plan, SuiteRun(exit_code=1)).problem or runner in {Runner.MAKE, Runner.OTHER}
