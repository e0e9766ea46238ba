"""Read JUnit XML that a stranger's tests wrote."""

from collections.abc import Callable, Container, Iterable, Iterator
from xml.parsers import expat

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered

_DEEPEST = 50


class Refused(ValueError):
    """The document uses what no report needs."""


def node_id(classname: str, name: str, file: str) -> str:
    """Rebuild pytest's name of a test, which its report takes apart."""
    if not file:
        return ""
    module = file.removesuffix(".py").replace("/", ".").replace("\\", ".")
    inner = classname.removeprefix(module).strip(".")
    if not classname.startswith(module):
        return file
    return "::".join([file, *(inner.split(".") if inner else []), name])


Selector = Callable[[str, str, str], str]
"""Answers what selects a test, from its class, its name and its file."""


def read_junit(data: bytes, selector: Selector = node_id, skipped: Container[str] = ()) -> Suite:
    """Answer the tests of a report; one that is broken, deep or declares entities is a problem.

    Errors of the types in `skipped` are what their runner says of a test that tells nothing.
    """
    from junitparser import JUnitXml, JUnitXmlError

    try:
        check(data)
        root = JUnitXml.fromstring(data)
        return Suite(gathered(_cases(root, selector, skipped)))
    except (
        Refused,
        expat.ExpatError,
        JUnitXmlError,
        SyntaxError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
    ) as error:
        return Suite(problem=f"the JUnit report cannot be read: {short_message(str(error), 200)}")


def read_junits(reports: Iterable[bytes], selector: Selector) -> Suite:
    """Answer the tests of several reports together; what cannot be read of one is the problem of all."""
    suites = [read_junit(data, selector) for data in reports]
    cases = gathered(pair for suite in suites for pair in suite.cases.items())
    return Suite(cases, next((suite.problem for suite in suites if suite.problem), ""))


def check(data: bytes) -> None:
    """Refuse document types, and with them entities, before anything expands one."""
    depth = 0

    def refuse(*_: object) -> None:
        raise Refused("it declares a document type or an entity")

    def down(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise Refused("it is nested too deeply")

    def up(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = down
    parser.EndElementHandler = up
    parser.Parse(data, True)  # noqa: FBT003 - positional only


def _cases(node: object, selector: Selector, skipped: Container[str]) -> Iterator[tuple[str, Case]]:
    from junitparser import TestCase, TestSuite

    if isinstance(node, TestCase):
        yield _named(node, selector, skipped)
    elif isinstance(node, TestSuite):
        # Its iterator goes down through the suites below it.
        yield from (_named(case, selector, skipped) for case in node)
    elif hasattr(node, "__iter__"):
        for suite in node:
            yield from _cases(suite, selector, skipped)


def _named(case: object, selector: Selector, skipped: Container[str]) -> tuple[str, Case]:
    classname, name, file = (_attribute(case, key) for key in ("classname", "name", "file"))
    outcome, message = _outcome(case, skipped)
    shown = f"{classname}::{name}" if classname and classname != name else name
    return shown, Case(outcome, message, selector(classname, name, file), file)


def _attribute(case: object, key: str) -> str:
    element = getattr(case, "_elem", None)
    value = element.get(key) if element is not None else None
    return value if isinstance(value, str) else ""


def _outcome(case: object, skipped: Container[str]) -> tuple[TestOutcome, str]:
    element = getattr(case, "_elem", ())
    faults = [child for child in element if child.get("type") not in skipped]
    kinds = {"failure": TestOutcome.FAILED, "error": TestOutcome.ERROR, "skipped": TestOutcome.SKIPPED}
    for kind, outcome in kinds.items():
        for child in faults:
            if child.tag.rsplit("}", 1)[-1] == kind:
                text = (child.text or "").strip("\n") or child.get("message") or _printed(element)
                return outcome, short_message(text)
    return (TestOutcome.PASSED if len(faults) == len(element) else TestOutcome.SKIPPED), ""


def _printed(element: object) -> str:
    """Answer what a test printed, where its failure says nothing."""
    parts = [child.text or "" for child in element if child.tag.startswith("system-")]  # type: ignore[attr-defined]  # an XML element
    return "\n".join(parts)
