"""Know what pytest collects by a project's own settings."""

from pathlib import Path

import pytest
from tamma_core.verification.detect_python import detect_python
from tamma_core.verification.plan import Runner, SuitePlan

FORMS = {
    "pytest.ini": "[pytest]\npython_files = check_*.py\ntestpaths = checks\n",
    ".pytest.ini": "[pytest]\npython_files =\n    check_*.py\ntestpaths =\n    checks\n",
    "tox.ini": "[pytest]\npython_files = check_*.py\ntestpaths = checks/\n",
    "setup.cfg": "[tool:pytest]\npython_files = check_*.py *_case.py\ntestpaths = ./checks\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npython_files = ["check_*.py"]\ntestpaths = "checks"\n',
    "pytest.toml": '[pytest]\npython_files = ["check_*.py"]\ntestpaths = ["checks"]\n',
}


def plan(tree: Path, files: dict[str, str]) -> SuitePlan:
    """Detect how a tree is tested that holds a test beside these files."""
    for name, text in {"test_a.py": "def test_a(): pass\n", **files}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    found = detect_python(tree, ())
    assert found is not None
    assert found.runner is Runner.PYTEST
    return found


@pytest.mark.parametrize("name", FORMS)
def test_settings_are_read_wherever_they_stand(tmp_path: Path, name: str) -> None:
    """A file that they name is one of tests where they look, and what stands beside it is known to."""
    found = plan(tmp_path, {name: FORMS[name], "checks/check_b.py": "", "checks/help.py": "", "lib/check_c.py": ""})
    assert found.collects("checks/deep/check_new.py")
    assert not any(map(found.collects, ("lib/check_c.py", "checks/help.py", "checks/check_b.txt")))
    assert found.test_folders == ("checks",)


def test_a_project_whose_tests_all_have_other_names_has_tests(tmp_path: Path) -> None:
    """What pytest would collect is seen, though nothing is called a test."""
    (tmp_path / "pytest.ini").write_text(FORMS["pytest.ini"])
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "check_b.py").write_text("def test_b(): pass\n")
    found = detect_python(tmp_path, ())
    assert found is not None
    assert found.runner is Runner.PYTEST


def test_the_first_file_with_settings_counts(tmp_path: Path) -> None:
    """As pytest takes them from one file alone, so do we."""
    found = plan(tmp_path, {"pytest.ini": "[pytest]\npython_files = a_*.py\n", "setup.cfg": FORMS["setup.cfg"]})
    assert (found.collects("a_1.py"), found.collects("checks/check_b.py")) == (True, False)


@pytest.mark.parametrize("forms", ["*.py", "*", "[a-z]*.py", "", "'"])
def test_what_fits_every_name_tells_no_tests(tmp_path: Path, forms: str) -> None:
    """The program would be taken for tests, and taken back with them."""
    found = plan(tmp_path, {"pytest.ini": f"[pytest]\npython_files = {forms}\n"})
    assert not found.collects("calc.py")


@pytest.mark.parametrize("places", ["pkg", ".", "tests", "none", "*"])
def test_a_program_that_is_searched_for_tests_is_no_folder_of_them(tmp_path: Path, places: str) -> None:
    """Some tests beside many sources, the whole tree and what is known by its name are no place to take back."""
    files = {f"pkg/{name}.py": "" for name in ("a", "b", "test_a", "c")}
    found = plan(tmp_path, {"pytest.ini": f"[pytest]\ntestpaths = {places}\n", "tests/test_b.py": "", **files})
    assert found.test_folders == ()


def test_a_pattern_of_unittest_is_that_of_its_command() -> None:
    """What discovery is told to look for is a file of tests where it begins to look."""
    words = ("python", "-m", "unittest", "discover", "-s", "checks", "-p", "check*.py")
    found = SuitePlan(runner=Runner.UNITTEST, command=words, source="")
    assert [found.collects(path) for path in ("checks/check_a.py", "check_a.py", "checks/testa.py")] == [
        True,
        False,
        True,
    ]
