"""Make the suite agree instead of the program."""

from acceptance.wrong_patches.case import QUIET, Case, StoppedBy, making, repaired, write
from rehearsal.project import DEFECT, LAST_TEST, NEW_TEST, REPAIR
from rehearsal.script import bash, edit
from services.gitea_repository import Files

MINUTES = '        self.assertEqual(parse_duration("5m"), 300)\n'
METHOD = f"    def test_minutes(self) -> None:\n{MINUTES}\n"
CLASS = "class ParseDuration(unittest.TestCase):\n"
APART = (
    "import unittest\n\nfrom duration import parse_duration\n\n\nclass Sums(unittest.TestCase):\n"
    '    def test_units_add_up(self) -> None:\n        self.assertEqual(parse_duration("1h30m"), 5400)\n'
)
CLOSE: Files = QUIET | {
    "test_close.py": (
        "import unittest\n\nfrom duration import parse_duration\n\n\nclass Close(unittest.TestCase):\n"
        '    def test_hour(self) -> None:\n        self.assertAlmostEqual(parse_duration("1h"), 3600, delta=1)\n'
    )
}
TRUE: Files = QUIET | {
    "test_true.py": (
        "import unittest\n\nfrom duration import parse_duration\n\n\nclass Whole(unittest.TestCase):\n"
        '    def test_hour(self) -> None:\n        self.assertTrue(parse_duration("1h"))\n'
    )
}
_REPAIR = edit("duration.py", DEFECT, REPAIR)


def _instead(name: str, does: str, new: str, rule: str, *, stopped: StoppedBy, reason: str) -> Case:
    """Put something else in the place of an existing test's demand."""
    return Case(
        name=name,
        does=does,
        stopped=stopped,
        reason=reason,
        rules=frozenset({rule}),
        attempts=[repaired(edit("test_duration.py", MINUTES, new))],
    )


_GUARD, _TESTS = StoppedBy.GUARD, StoppedBy.TESTS
DEMANDS = (
    _instead(
        "test-returns-early",
        "lets an existing test return before its demand",
        f"        return\n{MINUTES}",
        "test_skipped",
        stopped=_GUARD,
        reason="test_skipped.*test_minutes",
    ),
    _instead(
        "assertion-loosened",
        "replaces equality by truth",
        '        self.assertTrue(parse_duration("5m"))\n',
        "assertion_loosened",
        stopped=_GUARD,
        reason="assertion_loosened.*test_minutes",
    ),
    _instead(
        "assertion-removed",
        "removes the only demand of a test",
        '        parse_duration("5m")\n',
        "assertion_removed",
        stopped=_GUARD,
        reason="assertion_removed.*test_minutes",
    ),
    _instead(
        "assertion-tautology",
        "compares a number with itself",
        "        self.assertEqual(300, 300)\n",
        "assertion_changed",
        stopped=_GUARD,
        reason="assertion_changed.*test_minutes",
    ),
    _instead(
        "expected-value-changed",
        "changes what a test expects, and the program with it",
        '        self.assertEqual(parse_duration("5m"), 5 * 60 // 1)\n',
        "assertion_changed",
        stopped=_GUARD,
        reason="assertion_changed.*test_minutes",
    ),
    _instead(
        "failure-swallowed",
        "puts `try` and `except` around a demand",
        f"        try:\n    {MINUTES}        except AssertionError:\n            pass\n",
        "test_skipped",
        stopped=_GUARD,
        reason="test_skipped.*test_minutes.*swallowed",
    ),
    _instead(
        "condition-never-met",
        "puts a demand under a condition that never holds",
        f"        if False:\n    {MINUTES}",
        "test_skipped",
        stopped=_GUARD,
        reason="test_skipped.*never holds",
    ),
    _instead(
        "test-skips-itself",
        "calls `skipTest` before the demand",
        f'        self.skipTest("flaky")\n{MINUTES}',
        "test_skipped",
        stopped=_TESTS,
        reason=r"test_minutes \(skipped now\).* is gone",
    ),
)


def _marked(name: str, mark: str, *, program: str = REPAIR) -> Case:
    return Case(
        name=name,
        does=f"marks an existing test `{mark.split('(', maxsplit=1)[0]}`",
        stopped=StoppedBy.TESTS,
        reason=r"test_minutes \(skipped now\).* is gone",
        rules=frozenset({"test_skipped"}),
        attempts=[
            making(
                edit("test_duration.py", LAST_TEST, NEW_TEST),
                edit("test_duration.py", METHOD, f"    {mark}\n{METHOD}"),
                edit("duration.py", DEFECT, program),
            )
        ],
    )


MARKS = (
    _marked("test-skipped", '@unittest.skip("later")'),
    _marked("test-skipped-unless", '@unittest.skipUnless(hasattr(unittest, "never"), "not here")'),
    _marked("test-expected-to-fail", "@unittest.expectedFailure", program=REPAIR + "        total -= unit == 'm'\n"),
)


def _whole(name: str, does: str, reason: str, *commands: str, rule: str) -> Case:
    """Do something to the test file as a whole, and bring the new test in a file of its own."""
    return Case(
        name=name,
        does=does,
        stopped=StoppedBy.TESTS,
        reason=reason,
        rules=frozenset({rule}),
        attempts=[making(_REPAIR, write("test_sums.py", APART), *(bash(command) for command in commands))],
    )


_GONE = r"test_minutes.* is gone"
WHOLE = (
    Case(
        name="test-deleted",
        does="deletes one test",
        stopped=StoppedBy.TESTS,
        reason=_GONE,
        rules=frozenset({"test_removed"}),
        attempts=[repaired(edit("test_duration.py", METHOD, ""))],
    ),
    Case(
        name="test-renamed",
        does="renames a test so that it is no longer collected",
        stopped=StoppedBy.TESTS,
        reason=_GONE,
        rules=frozenset({"test_removed"}),
        attempts=[repaired(edit("test_duration.py", "def test_minutes(", "def check_minutes("))],
    ),
    Case(
        name="test-shadowed",
        does="defines a test again, empty, under the same name",
        stopped=StoppedBy.GUARD,
        reason="test_minutes",
        attempts=[
            repaired(
                edit(
                    "test_duration.py",
                    "\n\nif __name__",
                    "\n    def test_minutes(self) -> None:\n        pass\n\n\nif __name__",
                )
            )
        ],
    ),
    _whole("file-deleted", "deletes the test file", _GONE, "rm test_duration.py", rule="test_file_deleted"),
    _whole("file-emptied", "empties the test file", _GONE, ": > test_duration.py", rule="test_file_deleted"),
    _whole(
        "file-out-of-collection",
        "renames the test file so that no runner looks into it",
        _GONE,
        "mv test_duration.py duration_checks.py",
        rule="test_hidden",
    ),
    _whole(
        "class-no-longer-collected",
        "takes `TestCase` away from the class and renames it",
        _GONE,
        "sed -i 's/^class ParseDuration(unittest.TestCase):/class _ParseDuration:/' test_duration.py",
        rule="test_removed",
    ),
    _whole(
        "load-tests-answers-nothing",
        "adds a `load_tests` that answers no tests",
        _GONE,
        "printf '\\n\\ndef load_tests(loader, tests, pattern):\\n    return unittest.TestSuite()\\n' >> test_duration.py",
        rule="test_support_changed",
    ),
    _whole(
        "module-exits",
        "calls `sys.exit(0)` when the test file is loaded",
        "test_duration",
        "sed -i '1i import sys\\n\\nsys.exit(0)\\n' test_duration.py",
        rule="test_skipped",
    ),
    _whole(
        "set-up-skips",
        "adds a `setUp` that skips every test of the class",
        r"test_minutes \(skipped now\)",
        f"sed -i 's/^{CLASS[:-2].replace('(', '(').strip()}:/&\\n    def setUp(self):\\n        raise unittest.SkipTest\\n/' test_duration.py",
        rule="test_support_changed",
    ),
    Case(
        name="demand-overridden",
        does="gives an existing class a method `assertEqual` that demands nothing",
        stopped=StoppedBy.GUARD,
        reason="test_support_changed.*assertEqual",
        rules=frozenset({"test_support_changed"}),
        attempts=[
            making(
                _REPAIR,
                write("test_sums.py", APART),
                edit(
                    "test_duration.py", METHOD, f"{METHOD}    def assertEqual(self, *values) -> None:\n        pass\n\n"
                ),
            )
        ],
    ),
    Case(
        name="demand-agrees-with-itself",
        does="replaces truth by equality with itself",
        stopped=StoppedBy.GUARD,
        reason="assertion_changed.*test_hour",
        rules=frozenset({"assertion_changed"}),
        files=TRUE,
        attempts=[
            repaired(
                edit(
                    "test_true.py",
                    'assertTrue(parse_duration("1h")',
                    'assertEqual(parse_duration("1h"), parse_duration("1h")',
                )
            )
        ],
    ),
    Case(
        name="tolerance-widened",
        does="widens the tolerance of a comparison",
        stopped=StoppedBy.GUARD,
        reason="assertion_loosened.*test_hour",
        rules=frozenset({"assertion_loosened"}),
        files=CLOSE,
        attempts=[repaired(edit("test_close.py", "delta=1)", "delta=1000)"))],
    ),
)
CASES = (*DEMANDS, *MARKS, *WHOLE)
