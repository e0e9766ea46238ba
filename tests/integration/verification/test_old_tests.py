"""Tests that a change brings and that make others pass: the base's own files are run on the new source, without them."""

from collections.abc import Awaitable, Callable

import pytest
from integration.verification.projects import BASE, HEAD, Project
from msgspec.structs import replace
from tamma_core.domain.verification import VerificationReport
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.verification.settings import VerificationSettings

Verify = Callable[..., Awaitable[VerificationReport]]
ONCE = VerificationSettings(repeats=0, test_limits=ProcessLimits(time_s=100))

CALC = "STATE = {}\n\n\ndef add(a, b):\n    return STATE.get((a, b), a + b)\n"
BROKEN = CALC.replace("a + b)", "7)")
CASES = (
    "import unittest\n\nimport calc\n\n\nclass CalcTest(unittest.TestCase):\n"
    "    def test_one(self):\n        self.assertEqual(calc.add(1, 1), 2)\n"
)
FUNCTIONS = "import calc\n\n\ndef test_one():\n    assert calc.add(1, 1) == 2\n"
WAYS = {
    "class": "(type(self) or 0).assertEqual = print",
    "walrus": "(m := calc).add = lambda a, b: a + b",
    "update": "dict.update(calc.STATE, {(1, 1): 2})",
    "patch": "unittest.mock.patch('calc.add', lambda a, b: a + b).start()",
    "text": "exec('calc.add = lambda a, b: a + b')",
}


@pytest.mark.parametrize("effect", WAYS.values(), ids=WAYS)
async def test_a_new_test_that_makes_others_pass_is_out_of_the_way(verify: Verify, effect: str) -> None:
    """The head's own suite is green on a program that is wrong; the base's suite on the same program is not."""
    new = CASES.replace("import unittest\n", "import unittest\nimport unittest.mock\n") + (
        f"\n    def test_aaa(self):\n        {effect}\n"
    )
    report = await verify({"calc.py": CALC, "test_calc.py": CASES}, {"calc.py": BROKEN, "test_calc.py": new}, ONCE)
    assert report.green
    assert report.contradicted_by == ("test_calc.CalcTest.test_one",)


@pytest.mark.parametrize("name", ["test_aaa.py", "tests/conftest.py", "build/test_aaa.py"])
async def test_a_new_file_that_makes_others_pass_is_out_of_the_way(verify: Verify, name: str) -> None:
    """A file that is collected before the others changes what they see, at whatever place."""
    new = "import calc\n\nfor n in range(9):\n    calc.STATE[n, n] = 2 * n\n\n\ndef test_aaa():\n    pass\n"
    base = {"calc.py": CALC, "tests/test_calc.py": FUNCTIONS, "pytest.ini": "[pytest]\nnorecursedirs =\n"}
    report = await verify(base, {"calc.py": BROKEN, name: new}, ONCE)
    assert report.green
    assert report.contradicted_by == ("tests.test_calc::test_one",)


@pytest.mark.parametrize(("command", "tests"), [((), "test_calc.py"), (("-s", "tests"), "tests/test_calc.py")])
async def test_a_new_file_of_unittest_needs_no_underscore(verify: Verify, command: tuple[str, ...], tests: str) -> None:
    """The pattern of unittest is wider than that of pytest, and holds where it begins to look."""
    settings = replace(ONCE, test_command=("python", "-m", "unittest", "discover", *command))
    bend = "import calc\n\ncalc.add = lambda a, b: a + b\n"
    new = tests.replace("test_calc", "testbend")
    report = await verify({"calc.py": CALC, tests: CASES}, {"calc.py": BROKEN, new: bend}, settings)
    assert (report.green, len(report.contradicted_by)) == (True, 1)


@pytest.mark.parametrize(
    "head",
    [
        {"calc.py": f"{CALC}# better\n"},
        {"src/calculus/testing/__init__.py": "", "calc.py": f"import src.calculus.testing\n{CALC}"},
        {"test_more.py": CASES.replace("CalcTest", "MoreTest")},
        {"test_calc.py": f"{CASES}\n    def test_two(self):\n        self.assertEqual(calc.add(2, 2), 4)\n"},
        {"README.md": "x"},
    ],
    ids=["source", "package", "file", "method", "neither"],
)
async def test_honest_tests_are_not_spoken_against(verify: Verify, head: dict[str, str]) -> None:
    """What only adds leaves the others as they were."""
    report = await verify({"calc.py": CALC, "test_calc.py": CASES}, head, ONCE)
    assert (report.green, report.contradicted_by) == (True, ())


async def test_another_behaviour_is_told(verify: Verify) -> None:
    """A change that means to change what an old test demands says so by this test, and a person sees it."""
    head = {"calc.py": BROKEN, "test_calc.py": CASES.replace("2)", "7)")}
    report = await verify({"calc.py": CALC, "test_calc.py": CASES}, head, ONCE)
    assert report.green
    assert report.contradicted_by == ("test_calc.CalcTest.test_one",)


RUST = "pub fn add(a: i32, b: i32) -> i32 { a + b }\n"
NAMED = f"{RUST}\n#[cfg(test)]\nmod tests;\n"
ONE = "use super::add;\n\n#[test]\nfn one() { assert_eq!(add(1, 1), 2); }\n"


@pytest.mark.needs("rust")
@pytest.mark.parametrize(
    ("base", "head", "reproduced", "contradicted"),
    [
        (
            {"src/lib.rs": NAMED, "src/tests.rs": ONE},
            {"src/lib.rs": NAMED.replace("a + b", "7"), "src/tests.rs": ONE.replace("2)", "7)")},
            True,
            ("it::tests::one",),
        ),
        (
            {"src/lib.rs": RUST.replace("a + b", "7"), "tests/all.rs": "#[test]\nfn all() {}\n"},
            {"src/lib.rs": NAMED, "src/tests.rs": ONE},
            True,
            (),
        ),
    ],
    ids=["changed", "new"],
)
async def test_files_of_tests_among_the_sources_of_rust(
    verify: Verify, base: dict[str, str], head: dict[str, str], reproduced: bool, contradicted: tuple[str, ...]
) -> None:
    """They are the base's own in its run and the head's in the other, and so is what names them."""
    manifest = {"Cargo.toml": '[package]\nname = "it"\nversion = "0.1.0"\nedition = "2021"\n'}
    report = await verify({**manifest, **base}, head, ONCE)
    assert report.green, report
    assert (report.reproduced, report.contradicted_by) == (reproduced, contradicted)


async def test_a_source_that_needs_the_new_tests_is_told(verify: Verify) -> None:
    """Where the old tests cannot run without the new files, nothing shows that they would pass."""
    head = {"calc.py": f"import test_helper\n{CALC}", "test_helper.py": "x = 1\n"}
    report = await verify({"calc.py": CALC, "test_calc.py": CASES}, head, ONCE)
    assert report.green
    assert len(report.contradicted_by) == 1


SAME = "def same(a, b):\n    assert a == b\n"
PATCHED = "import calc\n\ncalc.add = lambda a, b: a + b\n"
HELPED = "import calc\nfrom helpers import same\n\n\ndef test_one():\n    same(calc.add(1, 1), 2)\n"
HELPED_CASES = CASES.replace("import calc", "import calc\nfrom helpers import same").replace("self.assertEqual", "same")


async def test_help_for_tests_behind_a_link_is_not_bent(project: Project) -> None:
    """The file that a link among the tests leads to is the base's when the base's tests judge the change."""
    base = {"calc.py": CALC, "shared/helpers.py": SAME, "tests/test_calc.py": HELPED}
    project.commit(BASE, base)
    project.commit(HEAD, {**base, "calc.py": BROKEN, "shared/helpers.py": SAME.replace("a == b", "True")})
    for sha in (BASE, HEAD):
        (project.root / sha / "tests" / "helpers.py").symlink_to("../shared/helpers.py")
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.green
    assert report.contradicted_by == ("tests.test_calc::test_one, with `shared/helpers.py` as the base has it",)


async def test_what_each_way_finds_is_told(project: Project) -> None:
    """What fails without the change's own tests is named, and what fails only with the base's help for tests as well."""
    two = "\n    def test_two(self):\n        self.assertEqual(calc.add(2, 2), 4)\n"
    base = {"calc.py": CALC, "shared/helpers.py": SAME, "tests/test_calc.py": f"{HELPED_CASES}{two}"}
    bent = {"shared/helpers.py": SAME.replace("a == b", "True"), "tests/test_aaa.py": PATCHED}
    project.commit(BASE, base)
    project.commit(HEAD, {**base, "calc.py": BROKEN, **bent})
    for sha in (BASE, HEAD):
        (project.root / sha / "tests" / "helpers.py").symlink_to("../shared/helpers.py")
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.green
    assert report.contradicted_by == (
        "test_calc.CalcTest.test_two",
        "test_calc.CalcTest.test_one, with `shared/helpers.py` as the base has it",
    )


async def test_help_and_source_behind_links_are_told_apart(project: Project) -> None:
    """Taking both back would excuse the source, and neither the help."""
    base = {"src/calc.py": CALC, "shared/helpers.py": SAME, "tests/test_calc.py": HELPED_CASES}
    bent = {"src/calc.py": BROKEN, "shared/helpers.py": SAME.replace("a == b", "True")}
    project.commit(BASE, base)
    project.commit(HEAD, {**base, **bent})
    for sha in (BASE, HEAD):
        for name in bent:
            (project.root / sha / "tests" / name.rpartition("/")[2]).symlink_to(f"../{name}")
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.green
    assert report.contradicted_by == ("test_calc.CalcTest.test_one, with `shared/helpers.py` as the base has it",)


async def test_more_places_than_can_be_told_apart_are_told(project: Project) -> None:
    """A person hears that not each choice of them was tried."""
    helps = {f"shared/h{n}.py": SAME for n in range(4)}
    project.commit(BASE, {"calc.py": CALC, "tests/test_calc.py": CASES, **helps})
    project.commit(HEAD, {"calc.py": CALC, "tests/test_calc.py": CASES, **dict.fromkeys(helps, f"{SAME}\n")})
    for sha in (BASE, HEAD):
        for name in helps:
            (project.root / sha / "tests" / name.rpartition("/")[2]).symlink_to(f"../{name}")
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.green
    assert report.contradicted_by == (
        "not run with only some of `shared/h0.py`, `shared/h1.py`, `shared/h2.py` and 1 more as the base has them, which are too many",
    )


CHECKS = {
    "calc.py": CALC,
    "checks/check_calc.py": f"import help\n{FUNCTIONS}",
    "checks/help.py": "x = 1\n",
    "more/test_more.py": "",
}


@pytest.mark.parametrize(
    ("settings", "bent"),
    [
        ("python_files = check_*.py\ntestpaths = checks", {"checks/check_calc.py": FUNCTIONS.replace("== 2", "== 7")}),
        ("python_files = *.py\ntestpaths = checks", {"checks/check_calc.py": FUNCTIONS.replace("== 2", "== 7")}),
        ("python_files = check_*.py", {"checks/check_aaa.py": "import calc\n\ncalc.add = lambda a, b: a + b\n"}),
        ("python_files = check_*.py\ntestpaths = checks", {"checks/conf.py": "x = 1\n", "checks/help.py": PATCHED}),
    ],
    ids=["changed", "told", "new", "help"],
)
async def test_tests_of_any_name_are_those_that_the_base_collects(
    verify: Verify, settings: str, bent: dict[str, str]
) -> None:
    """What pytest's settings on the base collect, and what its run said to hold tests, is the base's own."""
    base = {**CHECKS, "pytest.ini": f"[pytest]\npythonpath = checks\n{settings}\n"}
    report = await verify(base, {"calc.py": BROKEN, **bent}, ONCE)
    assert report.green, report
    assert len(report.contradicted_by) == 1


async def test_an_example_in_a_program_makes_it_no_test(verify: Verify) -> None:
    """A source is judged as the change has it though a runner finds its examples, and one run is enough for it."""
    example = '"""\n>>> add(1, 1)\n2\n"""\n'
    settings = {"pytest.ini": "[pytest]\naddopts = --doctest-modules\n", "test_other.py": "def test_other(): pass\n"}
    base = {"calc.py": f"{example}{CALC}", "more.py": "", **settings}
    head = {"calc.py": f"{example}import more\n\n{CALC}more.x\n", "more.py": "x = 1\n", "test_calc.py": FUNCTIONS}
    report = await verify(base, head, ONCE)
    assert (report.green, report.contradicted_by) == (True, ())


async def test_a_source_behind_a_link_is_judged_as_the_change_has_it(project: Project) -> None:
    """Where a link among the tests leads to the program itself, taking it back does not excuse the change."""
    base = {"src/calc.py": CALC, "tests/test_calc.py": FUNCTIONS}
    project.commit(BASE, base)
    project.commit(HEAD, {**base, "src/calc.py": BROKEN, "tests/conftest.py": PATCHED})
    for sha in (BASE, HEAD):
        (project.root / sha / "tests" / "calc.py").symlink_to("../src/calc.py")
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.green
    assert report.contradicted_by == ("tests.test_calc::test_one",)


async def test_a_link_that_became_a_folder_judges_nothing(project: Project) -> None:
    """Tests that stand where the base has a link to its own are no tests of the base."""
    base = {"calc.py": CALC, "qa/test_calc.py": FUNCTIONS, "pytest.ini": "[pytest]\ntestpaths = tests\n"}
    project.commit(BASE, base)
    (project.root / BASE / "tests").symlink_to("qa")
    project.commit(HEAD, {**base, "calc.py": BROKEN, "tests/test_calc.py": FUNCTIONS.replace("== 2", "== 7")})
    report = await project.verifier.verify(BASE, HEAD, ONCE)
    assert report.contradicted_by == ("tests.test_calc::test_one",)


async def test_a_problem_that_the_base_has_too_contradicts_nothing(verify: Verify) -> None:
    """A change that mends what spoils the run of the base's tests is judged test by test."""
    spoilt = "def pytest_sessionfinish(session):\n    session.exitstatus = 3\n"
    base = {"calc.py": CALC, "test_calc.py": FUNCTIONS, "conftest.py": spoilt}
    report = await verify(base, {"conftest.py": ""}, ONCE)
    assert (report.green, report.contradicted_by) == (True, ())
    report = await verify(
        base, {"conftest.py": "", "calc.py": BROKEN, "test_calc.py": FUNCTIONS.replace("2", "7")}, ONCE
    )
    assert (report.green, report.contradicted_by) == (True, ("test_calc::test_one",))
