"""Read JUnit XML that a stranger's tests wrote."""

from collections.abc import Iterator
from xml.parsers import expat

from tamma_core.domain.verification import TestOutcome
from tamma_core.verification.messages import short_message
from tamma_core.verification.suite import Case, Suite, gathered

_DEEPEST = 50


class _Refused(ValueError):
    """The document uses what no report needs."""


def read_junit(data: bytes) -> Suite:
    """Answer the tests of a report; one that is broken, deep or declares entities is a problem."""
    from junitparser import JUnitXml, JUnitXmlError

    try:
        _check(data)
        root = JUnitXml.fromstring(data)
        return Suite(gathered(_cases(root)))
    except (
        _Refused,
        expat.ExpatError,
        JUnitXmlError,
        SyntaxError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
    ) as error:
        return Suite(problem=f"the JUnit report cannot be read: {short_message(str(error), 200)}")


def _check(data: bytes) -> None:
    """Refuse document types, and with them entities, before anything expands one."""
    depth = 0

    def refuse(*_: object) -> None:
        raise _Refused("it declares a document type or an entity")

    def down(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _Refused("it is nested too deeply")

    def up(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = down
    parser.EndElementHandler = up
    parser.Parse(data, True)  # noqa: FBT003 - positional only


def _cases(node: object) -> Iterator[tuple[str, Case]]:
    from junitparser import TestCase, TestSuite

    if isinstance(node, TestCase):
        yield _named(node)
    elif hasattr(node, "__iter__"):
        if isinstance(node, TestSuite):
            for inner in node.testsuites():  # type: ignore[no-untyped-call]  # the package has no types there
                yield from _cases(inner)
        for inner in node:
            if isinstance(inner, TestCase | TestSuite) and not (
                isinstance(node, TestSuite) and isinstance(inner, TestSuite)
            ):
                yield from _cases(inner)


def _named(case: object) -> tuple[str, Case]:
    classname, name, file = (_attribute(case, key) for key in ("classname", "name", "file"))
    outcome, message = _outcome(case)
    return f"{classname}::{name}" if classname else name, Case(outcome, message, _node_id(classname, name, file))


def _attribute(case: object, key: str) -> str:
    element = getattr(case, "_elem", None)
    value = element.get(key) if element is not None else None
    return value if isinstance(value, str) else ""


def _outcome(case: object) -> tuple[TestOutcome, str]:
    element = getattr(case, "_elem", ())
    kinds = {"failure": TestOutcome.FAILED, "error": TestOutcome.ERROR, "skipped": TestOutcome.SKIPPED}
    for kind, outcome in kinds.items():
        for child in element:
            if child.tag.rsplit("}", 1)[-1] == kind:
                text = child.text or child.get("message") or ""
                return outcome, short_message(text)
    return TestOutcome.PASSED, ""


def _node_id(classname: str, name: str, file: str) -> str:
    """Rebuild pytest's name of a test, which its report takes apart."""
    if not file:
        return ""
    module = file.removesuffix(".py").replace("/", ".").replace("\\", ".")
    inner = classname.removeprefix(module).strip(".")
    if not classname.startswith(module):
        return file
    return "::".join([file, *(inner.split(".") if inner else []), name])
