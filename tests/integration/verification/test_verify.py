import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import FrameType

import pytest
from integration.verification.projects import BASE, HEAD, Project
from tamma_core.domain.verification import FailureKind, VerificationReport
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.verification.settings import CheckCommand, VerificationSettings

pytestmark = pytest.mark.timeout(400)

Verify = Callable[..., Awaitable[VerificationReport]]

BROKEN, FIXED = "def add(a, b):\n    return a - b\n", "def add(a, b):\n    return a + b\n"
SUITE = "import unittest\nfrom calc import add\n\n\nclass CalcTest(unittest.TestCase):\n    def test_zero(self):\n        self.assertEqual(add(0, 0), 0)\n"
NEW_CASE = SUITE.replace("CalcTest", "NewTest").replace("test_zero", "test_one").replace("0, 0), 0", "1, 1), 2")
PYTHON = {"calc.py": BROKEN, "tests/test_calc.py": SUITE}
JS = "const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('./add');\n"
NODE = {
    "package.json": "{}",
    "add.js": "exports.add = (a, b) => a - b;\n",
    "add.test.js": JS + "test('zero', () => assert.equal(add(0, 0), 0));\n",
}
GO_HEAD = 'package calc\n\nimport "testing"\n\n'
GO = {
    "go.mod": "module calc\n\ngo 1.21\n",
    "calc.go": "package calc\n\nfunc Add(a, b int) int { return a - b }\n",
    "calc_test.go": GO_HEAD + "func TestZero(t *testing.T) {\n\tif Add(0, 0) != 0 {\n\t\tt.Fatal()\n\t}\n}\n",
}
C = {
    "add.c": "int add(int a, int b) { return a - b; }\n",
    "zero.c": '#include <stdio.h>\nint add(int, int);\nint main(void) { puts(add(0, 0) ? "not ok 1 - zero" : "ok 1 - zero"); return 0; }\n',
    "Makefile": "TESTS := $(patsubst %.c,%,$(filter-out add.c,$(wildcard *.c)))\n"
    "test: $(TESTS)\n\t@echo 1..$(words $(TESTS)); for t in $(TESTS); do ./$$t || exit 1; done\n%: %.c add.c\n\t$(CC) -o $@ $^\n",
}
RUST_TEST = "#[test]\nfn NAME() { assert_eq!(it::add(0, 0), 0); }\n"
RUST = {
    "Cargo.toml": '[package]\nname = "it"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": "pub fn add(a: i32, b: i32) -> i32 { a - b }\n",
    "tests/zero.rs": RUST_TEST.replace("NAME", "zero"),
}
CTEST = {
    "CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(it C)\nenable_testing()\n"
    "file(GLOB tests test_*.c)\nforeach(test ${tests})\n  get_filename_component(name ${test} NAME_WE)\n"
    "  add_executable(${name} ${test} add.c)\n  add_test(NAME ${name} COMMAND ${name})\nendforeach()\n",
    "add.c": C["add.c"],
    "test_zero.c": "int add(int, int);\nint main(void) { return add(0, 0); }\n",
}
MESON = {
    "meson.build": "project('it', 'c')\nnames = run_command('sh', '-c', 'ls test_*.c', check: true).stdout().strip().split()\n"
    "foreach name : names\n  test(name, executable(name.replace('.c', ''), name, 'add.c'))\nendforeach\n",
    "add.c": C["add.c"],
    "test_zero.c": CTEST["test_zero.c"],
}
C_FIX = {"add.c": "int add(int a, int b) { return a + b; }\n"}
C_TEST = {"test_one.c": "int add(int, int);\nint main(void) { return add(1, 1) != 2; }\n"}
PLUS = "int add(int a, int b) { return a - b; }\n"
PLUS_TEST = '#include <cstdio>\nint add(int, int);\nint main() { auto bad = add(0, 0) != 0; std::puts(bad ? "not ok 1 - zero" : "ok 1 - zero"); return bad; }\n'
PLUS_CMAKE = {
    "CMakeLists.txt": CTEST["CMakeLists.txt"].replace("(it C)", "(it CXX)").replace(".c)", ".cpp)"),
    "add.cpp": PLUS,
    "test_zero.cpp": PLUS_TEST,
}
PLUS_JUST = {
    "justfile": "test:\n    @for t in test_*.cpp; do c++ -o ${t%.cpp} $t add.cpp || exit 1; done\n"
    "    @echo 1..`ls test_*.cpp | wc -l`; for t in test_*.cpp; do ./${t%.cpp} || true; done\n",
    "add.cpp": PLUS,
    "test_zero.cpp": PLUS_TEST,
}
PLUS_FIX = {"add.cpp": C_FIX["add.c"]}
PLUS_NEW = {"test_one.cpp": PLUS_TEST.replace("zero", "one").replace("add(0, 0) != 0", "add(1, 1) != 2")}
RUBY_BROKEN = "def add(a, b)\n  a - b\nend\n"
RUBY_FIX = {"lib/add.rb": "def add(a, b)\n  a + b\nend\n"}
SPEC = "require 'add'\nRSpec.describe 'add' do\n  it 'NAME' do\n    expect(add(0, 0)).to eq 0\n  end\nend\n"
RSPEC = {"lib/add.rb": RUBY_BROKEN, "spec/add_spec.rb": SPEC}
MINI = "require 'minitest/autorun'\nrequire 'add'\nclass NAMETest < Minitest::Test\n  def test_it\n    puts 'printed'\n    assert_equal 0, add(0, 0)\n  end\nend\n"
MINITEST = {"lib/add.rb": RUBY_BROKEN, "test/test_add.rb": MINI.replace("NAME", "Zero")}
RAKE = {
    **MINITEST,
    "Rakefile": "require 'rake/testtask'\nRake::TestTask.new(:test) { |t| t.pattern = 'test/test_*.rb' }\n",
}
UNIT = "<?php\nrequire_once __DIR__ . '/../add.php';\nclass NAMETest extends PHPUnit\\Framework\\TestCase\n{\n    public function testIt(): void\n    {\n        $this->assertSame(0, add(0, 0));\n    }\n}\n"
PHP = {
    "add.php": "<?php\nfunction add($a, $b) { return $a - $b; }\n",
    "tests/ZeroTest.php": UNIT.replace("NAME", "Zero"),
}
JUST = {"justfile": "test:\n    @grep -q '^exact' words\n", "words": "exact\n"}


def quick(**more: object) -> VerificationSettings:
    return VerificationSettings(test_limits=ProcessLimits(time_s=100), **more)  # type: ignore[arg-type]  # as the class checks


@pytest.mark.parametrize(
    ("base", "fix", "new"),
    [
        (PYTHON, {"calc.py": FIXED}, {"tests/test_new.py": NEW_CASE}),
        (
            {
                "src/calc.py": BROKEN,
                "tests/test_calc.py": "from calc import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n",
            },
            {"src/calc.py": FIXED},
            {"tests/test_new.py": "from calc import add\n\n\ndef test_one():\n    assert add(1, 1) == 2\n"},
        ),
        (
            NODE,
            {"add.js": "exports.add = (a, b) => a + b;\n"},
            {"more.test.js": JS + "test('one', () => assert.equal(add(1, 1), 2));\n"},
        ),
        (
            GO,
            {"calc.go": "package calc\n\nfunc Add(a, b int) int { return a + b }\n"},
            {"more_test.go": GO_HEAD + "func TestOne(t *testing.T) {\n\tif Add(1, 1) != 2 {\n\t\tt.Fatal()\n\t}\n}\n"},
        ),
        pytest.param(
            C,
            {"add.c": "int add(int a, int b) { return a + b; }\n"},
            {"test_one.c": C["zero.c"].replace("zero", "one").replace("add(0, 0)", "add(1, 1) - 2")},
            marks=pytest.mark.needs("make"),
        ),
        pytest.param(
            RUST,
            {"src/lib.rs": "pub fn add(a: i32, b: i32) -> i32 { a + b }\n"},
            {"tests/one.rs": RUST_TEST.replace("NAME", "one").replace("0, 0), 0", "1, 1), 2")},
            marks=pytest.mark.needs("rust"),
        ),
        pytest.param(CTEST, C_FIX, C_TEST, marks=pytest.mark.needs("cmake")),
        pytest.param(MESON, C_FIX, C_TEST, marks=pytest.mark.needs("cmake")),
        pytest.param(PLUS_CMAKE, PLUS_FIX, PLUS_NEW, marks=pytest.mark.needs("cmake")),
        pytest.param(PLUS_JUST, PLUS_FIX, PLUS_NEW, marks=pytest.mark.needs("cmake")),
        pytest.param(
            RSPEC,
            RUBY_FIX,
            {"spec/one_spec.rb": SPEC.replace("add(0, 0)).to eq 0", "add(1, 1)).to eq 2")},
            marks=pytest.mark.needs("ruby"),
        ),
        pytest.param(
            MINITEST,
            RUBY_FIX,
            {"test/test_one.rb": MINI.replace("NAME", "One").replace("0, add(0, 0)", "2, add(1, 1)")},
            marks=pytest.mark.needs("ruby"),
        ),
        pytest.param(
            RAKE,
            RUBY_FIX,
            {"test/test_one.rb": MINI.replace("NAME", "One").replace("0, add(0, 0)", "2, add(1, 1)")},
            marks=pytest.mark.needs("ruby"),
        ),
        pytest.param(
            PHP,
            {"add.php": "<?php\nfunction add($a, $b) { return $a + $b; }\n"},
            {"tests/OneTest.php": UNIT.replace("NAME", "One").replace("0, add(0, 0)", "2, add(1, 1)")},
            marks=pytest.mark.needs("php"),
        ),
    ],
    ids=[
        "unittest",
        "pytest",
        "node",
        "go",
        "make",
        "rust",
        "ctest",
        "meson",
        "c++",
        "just",
        "rspec",
        "minitest",
        "rake",
        "phpunit",
    ],
)
async def test_a_fix_with_its_test_is_green_and_reproduced(
    verify: Verify, base: Mapping[str, str], fix: Mapping[str, str], new: Mapping[str, str]
) -> None:
    """In each language a real fix is green, and its new test is seen to fail on the old source."""
    report = await verify(base, {**fix, **new})
    assert report.green, report
    assert (report.tests_run, report.tests_run_on_base, report.reproduced) == (2, 1, True)


INLINE = "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn one() { assert_eq!(super::add(1, 1), 2); }\n}\n"


@pytest.mark.needs("rust")
@pytest.mark.parametrize("old", ["", INLINE.replace("one", "none").replace("(1, 1), 2", "(0, 0), 0")])
async def test_a_test_among_the_source_is_laid_over_the_old(verify: Verify, old: str) -> None:
    """A new test at the end of the repaired file is red on the old source, whether that had tests or not."""
    base = {**RUST, "src/lib.rs": RUST["src/lib.rs"] + old}
    tests = old.rstrip()[:-1] + INLINE.partition("{\n")[2] if old else INLINE
    report = await verify(base, {"src/lib.rs": "pub fn add(a: i32, b: i32) -> i32 { a + b }\n" + tests})
    assert report.green, report
    assert (report.tests_run - report.tests_run_on_base, report.reproduced) == (1, True)


async def test_a_stronger_demand_in_an_old_test_reproduces(verify: Verify) -> None:
    """Where no test is new by name, a changed one that fails on the old source shows the defect."""
    changed = SUITE.replace("0, 0), 0", "1, 1), 2")
    report = await verify(PYTHON, {"calc.py": "def add(a, b):\n    return a + b\n", "tests/test_calc.py": changed})
    assert (report.green, report.tests_run, report.tests_run_on_base, report.reproduced) == (True, 1, 1, True)
    report = await verify(PYTHON, {"tests/test_calc.py": SUITE + "\n# no demand\n"})
    assert (report.green, report.reproduced) == (True, None)


OTHER = "import calc\n\n\ndef test_size():\n    long = len(open('tests/test_calc.py').read()) > 200\n    assert long == (calc.VERSION > 1)\n"
OTHER_CASE = "import calc, unittest\n\n\nclass OtherTest(unittest.TestCase):\n    def test_size(self):\n        long = len(open('tests/test_calc.py').read()) > 300\n        self.assertEqual(long, calc.VERSION > 1)\n"


@pytest.mark.parametrize(
    ("tests", "other"),
    [
        ("from calc import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n", OTHER),
        (SUITE, OTHER_CASE),
        (SUITE, OTHER),
    ],
    ids=["pytest", "unittest", "both"],
)
async def test_only_tests_of_the_changed_files_reproduce(verify: Verify, tests: str, other: str) -> None:
    """What turns red beside them on the old source shows nothing of the defect."""
    base = {"calc.py": FIXED + "VERSION = 1\n", "tests/test_calc.py": tests, "tests/test_other.py": other}
    longer = {"calc.py": FIXED + "VERSION = 2\n", "tests/test_calc.py": f"{tests}\n# {'long ' * 50}\n"}
    report = await verify(base, longer)
    assert (report.green, report.tests_run, report.reproduced) == (True, 2, None), report
    changed = longer["tests/test_calc.py"].replace("0, 0) == 0", "0, 0) == calc.VERSION - 2")
    changed = changed.replace("0, 0), 0", "0, 0), calc.VERSION - 2").replace("from calc", "import calc\nfrom calc")
    report = await verify(base, {**longer, "tests/test_calc.py": changed})
    assert (report.green, report.tests_run, report.reproduced) == (True, 2, True), report


async def test_a_recipe_of_just_is_one_test(verify: Verify) -> None:
    """Where nothing tells the tests apart, the command as a whole is judged on base and change."""
    report = await verify(JUST, {"words": "inexact\n"})
    assert report.command == "sh -c just test"
    assert [(failure.name, failure.kind) for failure in report.failures] == [("`sh -c just test`", FailureKind.NEW)]
    assert (await verify(JUST, {"words": "exactly\n"})).green


async def test_a_wrong_fix_is_a_new_failure(verify: Verify) -> None:
    """A test that fails on the change and not on the base is the change's fault, and its message says why."""
    report = await verify(PYTHON, {"calc.py": "def add(a, b):\n    return 7\n"})
    assert not report.green
    (failure,) = report.failures
    assert (failure.name, failure.kind) == ("test_calc.CalcTest.test_zero", FailureKind.NEW)
    assert "AssertionError: 7 != 0" in failure.message
    assert report.reproduced is None


async def test_old_failures_are_not_the_changes_fault(verify: Verify) -> None:
    """What is red on the base every time is told as old and does not speak against the change."""
    old = SUITE.replace("CalcTest", "OldTest").replace("0, 0), 0", "1, 1), 2")
    report = await verify({**PYTHON, "tests/test_old.py": old}, {"README.md": "x"})
    assert [(failure.name, failure.kind) for failure in report.failures] == [
        ("test_old.OldTest.test_zero", FailureKind.OLD)
    ]
    assert report.green


SHARED = """import unittest
from calc import add

seen = []


class SharedTest(unittest.TestCase):
    def test_a(self):
        seen.append("a")

    def test_b(self):
        self.assertEqual((add(0, 0), seen), (0, []))
"""
"""With the first test the second one fails, by itself it passes: red in a whole run, green when it is repeated."""


async def test_a_base_that_comes_and_goes_does_not_excuse_what_never_passes(verify: Verify) -> None:
    """The same test is flaky while it still passes at times, and the change's fault once it never does."""
    base = {"calc.py": FIXED, "tests/test_shared.py": SHARED}
    for code, kind in ((f"{FIXED}# same\n", FailureKind.FLAKY), ("def add(a, b):\n    return 7\n", FailureKind.NEW)):
        report = await verify(base, {"calc.py": code})
        assert [failure.kind for failure in report.failures] == [kind]
        assert report.green is (kind is FailureKind.FLAKY)


async def test_an_old_failure_does_not_keep_new_tests_from_being_repeated(verify: Verify) -> None:
    """A new test that passes in company only is the change's fault, also where another test was red before."""
    old = SUITE.replace("CalcTest", "OldTest").replace("0, 0), 0", "1, 1), 3")
    new = f"{SHARED}\n    def test_c(self):\n        self.assertEqual(seen, ['a'])\n"
    base = {
        "calc.py": FIXED,
        "tests/test_old.py": old,
        "tests/test_shared.py": SHARED.replace("seen), (0, [])", "0), (0, 0)"),
    }
    report = await verify(base, {"tests/test_shared.py": new.replace("seen), (0, [])", "0), (0, 0)")})
    assert {failure.kind for failure in report.failures} == {FailureKind.OLD, FailureKind.NEW}
    assert not report.green


async def test_a_file_that_the_base_cannot_load_judges_nothing(verify: Verify) -> None:
    """Tests that break before they demand anything are named, so that a person decides in their place."""
    unloadable = "import nothing_of_this_name\n\n\ndef test_more():\n    assert nothing_of_this_name\n"
    pytests = {
        "calc.py": BROKEN,
        "tests/test_calc.py": "from calc import add\n\n\ndef test_a():\n    assert add(0, 0) == 0\n",
    }
    report = await verify({**pytests, "tests/test_broken.py": unloadable}, {"README.md": "x"})
    assert report.green
    assert ["broken" in name for name in report.not_judged] == [True]


async def test_fewer_tests_are_named(verify: Verify) -> None:
    """A test that the change removed, and one that it skips, make the report red by name."""
    two = SUITE + "\n    def test_more(self):\n        self.assertEqual(add(1, 0), 1)\n"
    skipping = SUITE.replace("    def test_zero", "    @unittest.skip('later')\n    def test_zero")
    report = await verify({**PYTHON, "tests/test_calc.py": two}, {"tests/test_calc.py": skipping})
    assert report.missing_tests == ("test_calc.CalcTest.test_more", "test_calc.CalcTest.test_zero (skipped now)")
    assert not report.green


async def test_a_new_test_that_passes_on_the_base_reproduces_nothing(verify: Verify) -> None:
    """A test that was green before proves no fix."""
    report = await verify(PYTHON, {"tests/test_new.py": NEW_CASE.replace("1, 1), 2", "2, 0), 2")})
    assert (report.green, report.reproduced) == (True, False)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import time\ntime.sleep(60)", "did not end within 4 s"),
        ("print('x' * (1 << 20), flush=True)", "printed more than 64 kB"),
        ("import os\nos._exit(0)", "did not come to their end"),
        ("import os\nos.kill(os.getpid(), 9)", "exit code"),
    ],
)
async def test_a_run_that_goes_wrong_is_a_problem_in_words(verify: Verify, code: str, sentence: str) -> None:
    """Hanging, printing without end and dying each end in a sentence, with the tests that ran before."""
    limits = ProcessLimits(time_s=4, output_bytes=64 << 10)
    report = await verify(
        PYTHON, {"tests/test_zzz.py": f"{code}\n"}, VerificationSettings(test_limits=limits, repeats=1)
    )
    assert sentence in report.problem
    assert not report.green


async def test_daemons_do_not_outlive_the_run(verify: Verify) -> None:
    """A process that a test leaves behind does not keep the verification waiting."""
    leaving = "import subprocess, unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
    started = time.monotonic()
    report = await verify({**PYTHON, "tests/test_leave.py": leaving}, {"calc.py": FIXED})
    assert report.green, report
    assert time.monotonic() - started < 50


async def test_no_tests_is_a_problem_with_a_reason(verify: Verify) -> None:
    """A repository without tests is not green by default."""
    report = await verify({"README.md": "a"}, {"README.md": "b"})
    assert "no tests were found" in report.problem
    assert not report.green


async def test_the_first_test_of_a_project_counts(verify: Verify) -> None:
    """A change may bring the first test, and it is run on the old source too."""
    report = await verify({"calc.py": BROKEN}, {"calc.py": FIXED, "tests/test_new.py": NEW_CASE})
    assert (report.green, report.tests_run, report.tests_run_on_base, report.reproduced) == (True, 1, 0, True)


async def test_tests_reach_no_network_and_cannot_write_dependencies(verify: Verify) -> None:
    """Tests run without network, and what the set-up installed is read-only to them."""
    probing = (
        "import pathlib, socket, unittest\n\n\nclass T(unittest.TestCase):\n    def test_walls(self):\n"
        "        self.assertTrue(pathlib.Path('/deps/marker').exists())\n"
        "        with self.assertRaises(OSError):\n            pathlib.Path('/deps/marker').write_text('x')\n"
        "        with self.assertRaises(OSError):\n            socket.create_connection(('192.0.2.1', 80), timeout=2)\n"
    )
    settings = quick(setup_commands=(("sh", "-c", "echo ready > /deps/marker"),))
    report = await verify({**PYTHON, "tests/test_walls.py": probing}, {"calc.py": FIXED}, settings)
    # What fails on the base as well is green: here nothing may fail at all.
    assert (report.green, report.failures) == (True, ()), report


async def test_the_set_up_runs_once_for_the_same_dependencies(project: Project, verify: Verify) -> None:
    """A second verification takes the cached dependencies; changed dependency files of the base install anew."""
    settings = quick(setup_commands=(("sh", "-c", "date +%N > /deps/marker"),), dependency_files=("deps.txt",))
    cache = project.root.parent / "cache/dependencies"
    await verify({**PYTHON, "deps.txt": "1"}, {"calc.py": FIXED}, settings)
    first = {place.name: (place / "marker").read_text() for place in cache.iterdir()}
    await verify({**PYTHON, "deps.txt": "1"}, {"calc.py": FIXED, "deps.txt": "2"}, settings)
    assert {place.name: (place / "marker").read_text() for place in cache.iterdir()} == first
    await verify({**PYTHON, "deps.txt": "3"}, {"calc.py": FIXED}, settings)
    assert len(list(cache.iterdir())) == 2
    assert list((project.root.parent / "cache/trees").iterdir()) == []


async def test_a_file_where_packages_are_shown_is_let_be(verify: Verify) -> None:
    """A change that brings a file of that name is judged by its tests like any other."""
    settings = quick(setup_commands=(("mkdir", "-p", "/deps/vendor"),))
    report = await verify(PYTHON, {"vendor": "a file\n"}, settings)
    assert (report.problem, report.tests_run) == ("", 1)


async def test_a_failed_set_up_is_a_problem_in_words(verify: Verify) -> None:
    """What the set-up printed is in the report, and nothing is kept."""
    report = await verify(
        PYTHON, {"calc.py": FIXED}, quick(setup_commands=(("sh", "-c", "echo no such package; exit 3"),))
    )
    assert "failed (exit code 3): no such package" in report.problem
    assert "permission to use the network" in report.problem


async def test_checks_are_compared_with_the_base(verify: Verify) -> None:
    """A check that the change broke speaks against it, one that was red before does not."""
    checks = (
        CheckCommand(name="lint", command=("sh", "-c", "! grep -n TODO calc.py")),
        CheckCommand(name="old", command=("false",)),
        CheckCommand(name="fine", command=("true",)),
    )
    report = await verify(PYTHON, {"calc.py": FIXED + "# TODO\n"}, quick(checks=checks))
    assert [(check.name, check.passed, check.passed_on_base) for check in report.checks] == [
        ("lint", False, True),
        ("old", False, False),
        ("fine", True, None),
    ]
    assert "TODO" in report.checks[0].output
    assert not report.green


async def test_what_the_toolchain_checks_by_itself_is_compared_too(verify: Verify) -> None:
    """`go vet` finds more than `go test` looks for, without having been asked for by anybody."""
    report = await verify(GO, {"calc.go": "package calc\n\nfunc Add(a, b int) int {\n\ta = a\n\treturn a - b\n}\n"})
    assert [(check.name, check.passed, check.passed_on_base) for check in report.checks] == [("go vet", False, True)]
    assert "self-assignment" in report.checks[0].output


async def test_a_forged_report_is_not_followed(verify: Verify, tmp_path: Path) -> None:
    """A report that is a link to a file of the host is not read, though it says that all is well."""
    well = {"name": "test_calc.CalcTest.test_zero", "outcome": "passed", "message": ""}
    (tmp_path / "host.report").write_text(f'{json.dumps(well)}\n{{"ended": true}}\n')
    forging = f"import os, pathlib\npathlib.Path('/report/tests.report').unlink(missing_ok=True)\nos.symlink('{tmp_path}/host.report', '/report/tests.report')\nos._exit(0)\n"
    report = await verify(PYTHON, {"tests/test_forge.py": forging})
    assert "ran no tests" in report.problem


async def test_the_agent_gets_a_short_answer(project: Project) -> None:
    """A selection is run in the given tree and told in a few lines."""
    project.commit(BASE, PYTHON)
    project.commit(HEAD, {**PYTHON, "tests/test_new.py": NEW_CASE})
    tree = project.root / HEAD
    everything = await project.verifier.run_selection(BASE, tree, (), quick())
    assert "1 passed, 1 failed" in everything
    assert "--- test_new.NewTest.test_one" in everything
    assert "AssertionError: 0 != 2" in everything
    chosen = await project.verifier.run_selection(BASE, tree, ("test_calc.CalcTest.test_zero",), quick())
    assert "1 passed in" in chosen
    project.commit(HEAD, {"tests/test_new.py": "def ("})
    assert "SyntaxError" in await project.verifier.run_selection(BASE, tree, (), quick())


@pytest.mark.needs("make")
async def test_what_building_leaves_is_not_in_the_agents_tree(project: Project) -> None:
    """Tests that build among the sources run on a copy, from which pipes and broken links are kept away."""
    project.commit(BASE, C)
    project.commit(HEAD, C)
    tree = project.root / HEAD
    os.mkfifo(tree / "pipe")
    (tree / "broken").symlink_to("nowhere")
    before = sorted(tree.iterdir())
    assert "1 passed" in await project.verifier.run_selection(BASE, tree, (), quick())
    assert sorted(tree.iterdir()) == before


async def test_reports_are_read_beside_the_loop(verify: Verify) -> None:
    """Megabytes of a report take seconds, in which leases are renewed and signs to stop are seen."""
    on_loop: set[str] = set()

    def noted(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            on_loop.add(frame.f_code.co_name)

    earlier = sys.getprofile()
    sys.setprofile(noted)
    try:
        report = await verify(PYTHON, {"calc.py": FIXED})
    finally:
        sys.setprofile(earlier)
    assert not report.failures
    assert "temporary_directory" in on_loop
    assert "read_suite" not in on_loop
