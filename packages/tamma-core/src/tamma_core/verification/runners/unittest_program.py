"""Run unittest inside the sandbox and write one JSON line a test: its own text report breaks on printed lines.

It runs on the project's interpreter, whatever its version, and therefore uses nothing but the standard library.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import unittest
from collections.abc import Iterator
from typing import IO, Any


class LineResult(unittest.TextTestResult):
    """Write each outcome as it comes, so that a crash loses only what follows."""

    report: IO[str]

    def _write(self, test: unittest.TestCase, outcome: str, error: Any = None) -> None:
        message = self._exc_info_to_string(error, test) if error else ""  # type: ignore[attr-defined]  # typeshed hides it
        line = {"name": test.id(), "outcome": outcome, "message": message[-20000:], "file": file_of(test)}
        self.report.write(json.dumps(line) + "\n")
        self.report.flush()

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Forget the failed parts of the test before."""
        self.broken = False
        super().startTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Write a success."""
        super().addSuccess(test)
        self._write(test, "passed")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """Write a failure."""
        super().addFailure(test, err)
        self._write(test, "failed", err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """Write an error, also of a module or class that cannot be set up."""
        super().addError(test, err)
        self._write(test, "error", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        """Write that a test was skipped."""
        super().addSkip(test, reason)
        self._write(test, "skipped")

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """Write an expected failure as skipped: it speaks neither for nor against."""
        super().addExpectedFailure(test, err)
        self._write(test, "skipped")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """Write an unexpected success as a failure, as unittest counts it."""
        super().addUnexpectedSuccess(test)
        self._write(test, "failed")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """Write the first failed part of a test as the test's failure."""
        super().addSubTest(test, subtest, err)
        if err is not None and not self.broken:
            self.broken = True
            self._write(test, "failed", err)


def file_of(test: unittest.TestCase) -> str:
    """Answer the path of the file that a test's class is in, below the working directory; empty for classes of unittest itself."""
    module = sys.modules.get(type(test).__module__)
    path = os.path.relpath(getattr(module, "__file__", None) or os.pardir)
    return "" if path.startswith(os.pardir) else path


def chosen(tests: unittest.TestSuite, names: set[str]) -> Iterator[unittest.TestCase]:
    """Yield the tests of a suite that were asked for, all if none were."""
    for test in tests:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, names)
        elif not names or test.id() in names:
            yield test


class Between(unittest.TestSuite):
    """Run a project's tests between tests that must fail, of which nothing but the report learns."""

    files: list[str]

    def run(self, result: Any, debug: bool = False) -> Any:  # noqa: FBT001, FBT002 - as the parent has it
        """Run the first of the files, the tests, and the second."""
        before, after = (self.files[:1], self.files[1:])
        prove(before, result)
        super().run(result, debug)
        prove(after, result)
        return result


def prove(files: list[str], result: Any) -> None:
    """Run tests that must fail, and leave a result as it was."""
    lists = (result.failures, result.errors, result.skipped, result.expectedFailures, result.unexpectedSuccesses)
    lengths = [len(kept) for kept in lists]
    before = {name: getattr(result, name) for name in ("shouldStop", "failfast", "dots", "showAll", "testsRun")}
    result.shouldStop = result.failfast = result.dots = result.showAll = False
    # What a project's last class and module have set up is torn down by then, and would be once more.
    result._previousTestClass = None  # noqa: SLF001 - unittest has no other way
    for file in files:
        try:
            spec: Any = importlib.util.spec_from_file_location(os.path.basename(file)[:-3], file)  # noqa: PTH119 - plain on purpose
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            unittest.defaultTestLoader.loadTestsFromModule(module)(result)
        except Exception:  # noqa: BLE001, S110 - what is missing from the report says it; the project's tests go on
            pass
    for kept, length in zip(lists, lengths):  # noqa: B905 - older interpreters know no `strict`
        del kept[length:]
    result._previousTestClass = None  # noqa: SLF001
    vars(result).update(before)


class Program(unittest.TestProgram):
    """Run what the usual arguments of `python -m unittest` name."""

    def runTests(self) -> None:  # noqa: N802
        """Run the chosen tests and say that the end was reached."""
        names = set(json.loads(os.environ.get("TAMMA_TESTS", "[]")))
        suite = Between(chosen(self.test, names))  # type: ignore[attr-defined]  # set by the parent
        with open(os.environ["TAMMA_REPORT"], "w", encoding="utf-8") as report:  # noqa: PTH123 - plain on purpose
            LineResult.report = report
            result = unittest.TextTestRunner(resultclass=LineResult, verbosity=1).run(suite)  # type: ignore[arg-type]  # as unittest calls it
            report.write(json.dumps({"ended": True}) + "\n")
        sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    # As `python -m unittest`: the work tree, and not this file's folder, is where modules are found.
    sys.path[0] = os.getcwd()  # noqa: PTH109
    Between.files = list(filter(None, os.environ.pop("TAMMA_MUST_FAIL", "").split(os.pathsep)))
    Program(module=None)
