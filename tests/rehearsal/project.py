"""A small real project with a real defect, its repair, and bad repairs of it."""

from collections.abc import Sequence

from rehearsal.script import Script, Turn, analysed, bash, call, edit, implemented, planned

MODULE = '''"""Durations as people write them."""

import re

_UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_duration(text: str) -> int:
    """Answer the seconds of a text such as `1h30m`."""
    total = 0
    for number, unit in re.findall(r"(\\d+)([smh])", text):
        total = int(number) * _UNITS[unit]
    return total
'''
TESTS = """import unittest

from duration import parse_duration


class ParseDuration(unittest.TestCase):
    def test_seconds(self) -> None:
        self.assertEqual(parse_duration("45s"), 45)

    def test_minutes(self) -> None:
        self.assertEqual(parse_duration("5m"), 300)

    def test_nothing(self) -> None:
        self.assertEqual(parse_duration(""), 0)


if __name__ == "__main__":
    unittest.main()
"""
WORKFLOW = """name: ci
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python3 -m unittest -v
"""
FILES = {
    "duration.py": MODULE,
    "test_duration.py": TESTS,
    "README.md": "# duration\n",
    ".gitea/workflows/ci.yml": WORKFLOW,
}
TITLE = "parse_duration ignores all but the last unit"
BODY = '`parse_duration("1h30m")` gives 1800, but it should give 5400.'

DEFECT = "        total = int(number) * _UNITS[unit]\n"
REPAIR = "        total += int(number) * _UNITS[unit]\n"
LAST_TEST = '    def test_nothing(self) -> None:\n        self.assertEqual(parse_duration(""), 0)\n'
NEW_TEST = (
    LAST_TEST + "\n    def test_units_add_up(self) -> None:\n"
    '        self.assertEqual(parse_duration("1h30m"), 5400)\n'
    '        self.assertEqual(parse_duration("1m1s"), 61)\n'
)

GOOD: Sequence[Turn] = [
    edit("test_duration.py", LAST_TEST, NEW_TEST),
    call("run_tests", selection=[]),
    edit("duration.py", DEFECT, REPAIR),
    call("run_tests", selection=[]),
    implemented(),
]
NOISY: Sequence[Turn] = [
    edit("test_duration.py", LAST_TEST, NEW_TEST),
    edit("duration.py", DEFECT, REPAIR + "        print(number, unit)\n"),
    implemented(),
]
QUIET: Sequence[Turn] = [
    edit("duration.py", "        print(number, unit)\n", ""),
    implemented("Removed the leftover output."),
]
"""What follows the noisy attempt, and builds on it."""
WEAKENED: Sequence[Turn] = [
    edit("test_duration.py", '        self.assertEqual(parse_duration("5m"), 300)\n', "        pass\n"),
    edit("duration.py", DEFECT, REPAIR),
    implemented(),
]
"""The right change, and a test that asserts nothing any more."""


def repairing(*attempts: Sequence[Turn], files: Sequence[str] = ("duration.py", "test_duration.py")) -> Script:
    """Answer a script that analyses, plans, and then makes these attempts; without any, the good one."""
    return Script(
        analyse=[bash(f"cat {' '.join(files)}"), analysed(*files)],
        plan=[planned(*files, tests=["units add up"])],
        attempts=attempts or (GOOD,),
    )
