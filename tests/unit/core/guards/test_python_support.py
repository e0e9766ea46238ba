"""What stands round Python tests is judged in a time that grows as the file does."""

from collections.abc import Callable

import pytest
from tamma_core.guards.python_shape import PythonFile, read_python
from tamma_core.guards.python_support import support_findings
from unit.core.guards.counting import calls

CASE = "def test_{0}():\n    x = make({0}, 'a')\n    y = x.go(1, key=[1, 2, 3])\n    assert y.value == {0}\n\n\n"
MEMBER = "    def test_{0}(self):\n        x = self.make({0}, 'a')\n        assert x.items() == [({0}, 'b')]\n\n"


def read(text: str) -> PythonFile:
    file = read_python(text)
    assert file is not None
    return file


def more_functions(size: int) -> tuple[str, str]:
    return tuple("".join(map(CASE.format, range(count))) for count in (size, 2 * size))  # type: ignore[return-value]  # two


def more_methods(size: int) -> tuple[str, str]:
    texts = ("".join(map(MEMBER.format, range(count))) for count in (size, 2 * size))
    return tuple(f"class TestAll:\n{text}" for text in texts)  # type: ignore[return-value]  # two


def more_imports(size: int) -> tuple[str, str]:
    lines = "".join(f"import a{number}\n" for number in range(2 * size))
    return "".join(f"import b{number}\n" for number in range(size)), lines


def more_targets(size: int) -> tuple[str, str]:
    targets, values = ", ".join(f"a{number}" for number in range(size)), " or ".join(["b"] * size)
    return "", f"def test_one():\n    b = 1\n    {targets} = {values}\n    assert b\n"


def steps(old: PythonFile, new: PythonFile) -> int:
    """Count what is called while two files are compared."""
    return calls(lambda: list(support_findings("test_a.py", old, new)))


@pytest.mark.parametrize("more", [more_functions, more_methods, more_imports, more_targets])
def test_a_longer_file_costs_as_much_more_as_it_is_longer(more: Callable[[int], tuple[str, str]]) -> None:
    """Four times the length takes about four times the steps; with squares it would be up to sixteen."""
    few, many = (steps(*map(read, more(size))) for size in (20, 80))
    assert many < 6 * few
