"""Read the result files of `dotnet test`, as Visual Studio's schema of test results describes them."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.reports.junit import Refused, check
from tamma_core.verification.suite import Case, Suite, gathered

_SKIPPED = frozenset({"NotExecuted", "Inconclusive", "Pending", "NotRunnable", "Disconnected"})


def read_trx(reports: Iterable[bytes]) -> Suite:
    """Answer the tests of all files by class and name."""
    cases: list[tuple[str, Case]] = []
    for data in reports:
        try:
            check(data)
            cases += _cases(fromstring(data))  # noqa: S314 - looked through for entities and depth
        except (Refused, expat.ExpatError, ParseError, ValueError) as error:
            return Suite(gathered(cases), f"the results cannot be read: {short_message(str(error), 200)}")
    return Suite(gathered(cases))


def _cases(root: Element) -> Iterator[tuple[str, Case]]:
    classes = {
        unit.get("id"): method.get("className", "")
        for unit in root.iterfind(".//{*}UnitTest")
        for method in unit.iterfind("{*}TestMethod")
    }
    for result in root.iterfind(".//{*}UnitTestResult"):
        name, owner = result.get("testName", ""), classes.get(result.get("testId"), "").partition(",")[0]
        full = name if not owner or name.startswith(owner) else f"{owner}.{name}"
        yield full, Case(_outcome(result), _message(result), full.partition("(")[0].strip())


def _outcome(result: Element) -> TestOutcome:
    word = result.get("outcome", "Error")
    if word in {"Passed", "PassedButRunAborted", "Warning"}:
        return TestOutcome.PASSED
    if word in _SKIPPED:
        return TestOutcome.SKIPPED
    return TestOutcome.FAILED if word == "Failed" else TestOutcome.ERROR


def _message(result: Element) -> str:
    parts = [element.text or "" for name in ("Message", "StackTrace") for element in result.iterfind(f".//{{*}}{name}")]
    return short_message("\n".join(parts))
