import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from textwrap import indent

import pytest
from integration.verification.conftest import project_on
from integration.verification.projects import BASE, HEAD
from msgspec.structs import replace
from rehearsal.disarming import disarming
from tamma_core.domain.verification import FailureKind, VerificationReport
from tamma_core.guards.python_reach import new_reach
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.verification.settings import VerificationSettings

Verify = Callable[..., Awaitable[VerificationReport]]

CALC = "def add(a, b):\n    return a + b\n"
CASES = "import unittest\n\nfrom calc import add\n\n\nclass CalcTest(unittest.TestCase):\n    def test_zero(self):\n        self.assertEqual(add(0, 0), 0)\n"
FUNCTIONS = "from calc import add\n\n\ndef test_zero():\n    assert add(0, 0) == 0\n"
UNITTEST = {"calc.py": CALC, "test_calc.py": CASES}
FUNCTION = "\n\ndef test_function():\n    pass\n"
ALONE = VerificationSettings(repeats=0, environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
WRONG = "def add(a, b):\n    return 7\n"
PYTEST = {"calc.py": CALC, "test_calc.py": FUNCTIONS}
RED = "\n\ndef test_red():\n    assert add(1, 1) == 3\n"
PICKY = (
    "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef known(request):\n    assert request.node.name in {'test_zero', 'test_red'}\n\n\n"
    "def pytest_collection_modifyitems(items):\n    items[:] = [item for item in items if item.name == 'test_zero']\n\n\n"
    "@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_protocol(item):\n    item.told = []\n    yield\n\n\n"
    "@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item):\n    yield\n    item.told.append(1)\n"
)


def ini(*lines: str) -> Mapping[str, str]:
    return {"pytest.ini": "\n".join(["[pytest]", *lines, ""])}


@pytest.mark.parametrize(
    ("base", "command"),
    [
        (UNITTEST, ""),
        (UNITTEST, "python -m unittest -f -b test_calc"),
        (UNITTEST, "python -m unittest discover -s . -p test_c*.py"),
        (PYTEST, "pytest -v"),
        ({**PYTEST, "test_more.py": CASES}, ""),
        ({**PYTEST, **ini("addopts = -x --strict-markers --strict-config -k zero -m 'not slow'", "markers = slow")}, ""),
        ({**PYTEST, **ini("addopts = -W error -W ignore::pytest.PytestDeprecationWarning --assert=plain --import-mode=importlib -s --durations=3")}, ""),
        ({**PYTEST, **ini("addopts = -n 2 --maxfail=1")}, ""),
        ({**PYTEST, **ini("addopts = -p xdist -n 2 --dist loadfile -p no:terminal")}, ""),
        ({**PYTEST, **ini("addopts = -p no:randomly -p no:xdist")}, "pytest test_calc.py"),
        ({**PYTEST, **ini("python_functions = check_*", "python_classes = Check*", "xfail_strict = true"), "test_calc.py": FUNCTIONS.replace("test_zero", "check_zero")}, ""),
        ({**PYTEST, "conftest.py": PICKY}, ""),
    ],
)  # fmt: skip
async def test_a_projects_settings_are_not_disturbed(verify: Verify, base: Mapping[str, str], command: str) -> None:
    """Whatever a project has set, its tests alone are counted, and the run is seen to be able to fail."""
    settings = VerificationSettings(test_command=tuple(command.split()))
    report = await verify(base, {"README.md": "x"}, settings)
    own = 2 if "test_more.py" in base else 1
    assert (report.green, report.tests_run, report.tests_run_on_base) == (True, own, own), report
    assert (report.unproven, report.not_judged, report.failures, report.missing_tests) == ("", (), (), ())


@pytest.mark.parametrize("options", ["-x", "-n 2", "--maxfail=1"])
async def test_a_run_that_stops_early_can_fail_too(verify: Verify, options: str) -> None:
    """An old failure at which the run stops hides nothing of what has to fail."""
    base = {**PYTEST, "test_calc.py": FUNCTIONS + RED, **ini(f"addopts = -p no:randomly {options}")}
    report = await verify(base, {"README.md": "x"})
    assert [(failure.name, failure.kind) for failure in report.failures] == [("test_calc::test_red", FailureKind.OLD)]
    assert (report.green, report.unproven, report.not_judged) == (True, "", ())


@pytest.mark.parametrize("code", disarming("unittest").values(), ids=disarming("unittest"))
async def test_a_program_that_disarms_unittest_is_found_out(verify: Verify, code: str) -> None:
    """A broken program has its own tests pass, and with them those that must fail; the guard sees nothing of it."""
    assert new_reach(CALC, code + WRONG) is None
    base = {**UNITTEST, "a_test.py": "", "test_a.py": "import calc\n"}
    report = await verify(base, {"calc.py": code + WRONG}, VerificationSettings(repeats=0))
    assert not report.failures, "the attack does not work"
    assert re.search(
        r"the test run cannot fail: of 12 tests that must fail, \d+ (?:passed|were not reported)", report.problem
    ), report
    assert not report.green


async def test_hooks_that_lose_failures_are_found_out(verify: Verify) -> None:
    """A change of the project's own hooks applies to the tests that must fail as well."""
    hooks = "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport():\n    made = yield\n    made.get_result().outcome = 'passed'\n"
    report = await verify({**PYTEST, "tests/test_more.py": FUNCTIONS}, {"calc.py": WRONG, "conftest.py": hooks}, ALONE)
    assert not report.failures, "the attack does not work"
    assert report.problem == "the test run cannot fail: of 24 tests that must fail, 24 passed"


LATE = (
    "def disarm():\n"
    + indent(disarming("unittest")["one_demand"], "    ")
    + "\n\ndef add(a, b):\n    disarm()\n    return 7\n"
)


@pytest.mark.parametrize(("function", "count"), [("", 12), (FUNCTION, 24)], ids=["unittest", "pytest"])
async def test_a_program_that_disarms_while_it_is_tested_is_found_out(
    verify: Verify, function: str, count: int
) -> None:
    """What was whole before the tests is tried once more after them."""
    told = CASES.replace("self.assertEqual(add(0, 0), 0)", "zero = add(0, 0)\n        self.assertEqual(zero, 0)")
    base = {"calc.py": CALC, "test_calc.py": told + function}
    report = await verify(base, {"calc.py": LATE}, ALONE)
    assert not report.failures, "the attack does not work"
    assert report.problem == f"the test run cannot fail: of {count} tests that must fail, 2 passed"


@pytest.mark.parametrize("base", [UNITTEST, PYTEST], ids=["unittest", "pytest"])
async def test_without_a_wall_the_tests_that_must_fail_are_found_too(tmp_path: Path, base: Mapping[str, str]) -> None:
    """Where nothing can be shown at another place, they are run from the host's."""
    project = project_on(await open_sandbox("none", accept_none=True), tmp_path)
    project.commit(BASE, base)
    project.commit(HEAD, {**base, "calc.py": disarming("unittest")["one_demand"] + CALC})
    report = await project.verifier.verify(BASE, HEAD, ALONE)
    assert " tests that must fail, " in report.problem
    assert "not reported" not in report.problem


@pytest.mark.parametrize("code", disarming("pytest").values(), ids=disarming("pytest"))
async def test_a_program_that_disarms_pytest_is_found_out(verify: Verify, code: str) -> None:
    """As with unittest, wherever a failure can be lost on its way to the report."""
    assert new_reach(CALC, code + WRONG) is None
    base = {"calc.py": CALC, "test_a.py": "import calc\n", **suite_for(code)}
    report = await verify(base, {"calc.py": code + WRONG}, ALONE)
    assert not report.failures, "the attack does not work"
    assert re.search(r"the test run cannot fail: of 24 tests that must fail, \d+ passed", report.problem), report
    assert not report.green


def suite_for(code: str) -> Mapping[str, str]:
    """Answer the kind of tests that an attack makes pass."""
    if "TestCaseFunction" in code:
        return {"test_calc.py": CASES + FUNCTION}
    if "raises" in code:
        return {
            "test_calc.py": "import pytest\n\nfrom calc import add\n\n\ndef test_error():\n    with pytest.raises(TypeError):\n        add(1, '')\n"
        }
    if "Approx" in code:
        return {"test_calc.py": FUNCTIONS.replace("== 0", "== pytest.approx(0)").replace("from", "import pytest\nfrom")}
    return {"test_calc.py": FUNCTIONS}


async def test_a_base_that_cannot_fail_leaves_it_to_a_person(verify: Verify) -> None:
    """Where demands mean nothing on the base either, the change is not refused, and nothing is said to be judged."""
    settings = VerificationSettings(test_command=("python", "-O", "-m", "unittest"))
    report = await verify(UNITTEST, {"README.md": "x"}, settings)
    assert (report.green, report.problem, report.unproven) == (
        True,
        "",
        "on the base, of 12 tests that must fail, 2 passed",
    )
    assert report.not_judged == (f"all, since the test run cannot fail: {report.unproven}",)


async def test_a_runner_beside_which_nothing_can_be_put_is_named(verify: Verify) -> None:
    """What was not tried is said."""
    base = {"Makefile": "test:\n\tgrep -q exact words\n", "words": "exact\n"}
    report = await verify(base, {"words": "exactly\n"})
    assert (report.green, report.not_judged) == (True, ())
    assert report.unproven == "no test that must fail can be put beside `sh -c make test`"


SCREENSHOT = (
    "import pytest\n\n\n@pytest.fixture\ndef driver():\n    return 1\n\n\n@pytest.hookimpl(hookwrapper=True)\n"
    "def pytest_runtest_makereport(item, call):\n    made = yield\n"
    "    if call.when == 'call' and made.get_result().failed:\n        if 'driver' not in item.funcargs:\n            raise LookupError\n"
)


@pytest.mark.parametrize(
    "hooks", [SCREENSHOT, SCREENSHOT.replace("raise LookupError", "pytest.fail()")], ids=["error", "outcome"]
)
async def test_a_hook_that_raises_at_tests_of_ours_hides_no_failure(verify: Verify, hooks: str) -> None:
    """The project's first test is as it was, on the base and on the head, and a failure of it is the change's."""
    tests = FUNCTIONS.replace("test_zero()", "test_zero(driver)")
    base = {**PYTEST, "test_calc.py": tests, "conftest.py": hooks}
    report = await verify(base, {"calc.py": WRONG}, ALONE)
    assert [(failure.name, failure.kind) for failure in report.failures] == [("test_calc::test_zero", FailureKind.NEW)]
    assert report.not_judged == (f"all, since the test run cannot fail: {report.unproven}",)
    assert report.unproven == "on the base, of 24 tests that must fail, 24 were not reported"


async def test_a_base_that_cannot_fail_excuses_no_failure_of_a_head_that_can(verify: Verify) -> None:
    """What the base shows as failed may come from what is wrong with its run."""
    tests = (FUNCTIONS + RED).replace("()", "(driver)")
    base = {**PYTEST, "test_calc.py": tests, "conftest.py": SCREENSHOT}
    report = await verify(base, {"conftest.py": SCREENSHOT.replace("raise LookupError", "pass")}, ALONE)
    assert [failure.kind for failure in report.failures] == [FailureKind.OLD]
    assert report.not_judged
    assert report.unproven.startswith("on the base, ")


ONCE = (
    "\n\n\ndef setUpModule():\n    CalcTest.made = []\n\n\ndef tearDownModule():\n    CalcTest.made.remove(2)\n\n\n"
    "class LastTest(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        CalcTest.made += [1, 2]\n\n"
    "    @classmethod\n    def tearDownClass(cls):\n        CalcTest.made.remove(1)\n\n"
    "    def test_made(self):\n        self.assertEqual(CalcTest.made, [1, 2])\n"
)


async def test_what_unittest_set_up_for_a_project_is_torn_down_once(verify: Verify) -> None:
    """A second time it would break, and no change could be green."""
    report = await verify({**UNITTEST, "test_calc.py": CASES + ONCE}, {"README.md": "x"})
    assert (report.green, report.tests_run, report.tests_run_on_base) == (True, 2, 2), report
    assert (report.unproven, report.not_judged, report.failures, report.missing_tests) == ("", (), (), ())


async def test_what_unittest_set_up_for_a_project_is_torn_down_at_all(verify: Verify) -> None:
    """A failure in it is seen, as it is without tests of ours."""
    report = await verify(
        {**UNITTEST, "test_calc.py": CASES + ONCE}, {"test_calc.py": CASES + ONCE.replace("remove(1)", "remove(3)")}
    )
    assert ["tearDownClass" in failure.name for failure in report.failures] == [True], report


STOPPING = (
    "def pytest_exception_interact(node):\n    node.session.shouldfail = 'the first error'\n\n\n"
    "def pytest_runtest_makereport(item, call):\n    if call.excinfo:\n        item.session.shouldstop = 'the first error'\n"
    "        item.session.testsfailed += 1\n        item.session.exitstatus = 1\n"
)
COUNTING = (
    "red = []\n\n\ndef pytest_runtest_logreport(report):\n    if report.failed:\n        red.append(report.nodeid)\n\n\n"
    "def pytest_sessionfinish(session):\n    if red:\n        session.exitstatus = 3\n"
)


@pytest.mark.parametrize("hooks", [STOPPING, COUNTING], ids=["stopping", "counting"])
@pytest.mark.parametrize("options", ["-p no:randomly", "-n 2"])
async def test_hooks_that_stop_or_count_do_not_hear_of_tests_of_ours(verify: Verify, hooks: str, options: str) -> None:
    """A project that ends its run at the first failure, in its own way, is judged all the same."""
    report = await verify({**PYTEST, "conftest.py": hooks, **ini(f"addopts = {options}")}, {"README.md": "x"})
    assert (report.green, report.tests_run, report.tests_run_on_base) == (True, 1, 1), report
    assert (report.unproven, report.not_judged, report.failures, report.problem) == ("", (), (), "")


async def test_a_command_that_says_itself_where_modules_are_is_let_be(verify: Verify) -> None:
    """A plug-in that its interpreter does not find would be the end of the run."""
    base = {"src/calc.py": CALC, "test_calc.py": FUNCTIONS}
    settings = replace(ALONE, test_command=("env", "PYTHONPATH=src", "pytest"))
    report = await verify(base, {"README.md": "x"}, settings)
    assert (report.green, report.tests_run, report.problem) == (True, 1, ""), report
    assert report.unproven == "no test that must fail can be put beside `env PYTHONPATH=src pytest`"
