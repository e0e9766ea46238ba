"""Find what keeps a Python test from running or from failing."""

import ast
import re
from collections.abc import Iterator, Sequence

from tamma_core.guards.assertions import assertions_in, name_of
from tamma_core.guards.python_shape import Function, body_of, code, own_nodes

_SKIPPING = re.compile(
    r"skip\w*|xfail|expectedfailure|importorskip|exit|disabled?|ignore|flaky|no_cover|usefixtures|filterwarnings",
    re.IGNORECASE,
)
_RUN_AWAY = {"skip", "skipTest", "xfail", "importorskip", "exit", "_exit", "abort"}


def new_marks(old: Function | ast.ClassDef, new: Function | ast.ClassDef) -> Iterator[str]:
    """Yield each decorator that the new version has and the old one had not, or the other way round."""
    before, after = ({code(d): d for d in node.decorator_list} for node in (old, new))
    come, gone = (
        [marks[key] for key in marks.keys() - others.keys()] for marks, others in ((after, before), (before, after))
    )
    for mark in gone:
        grown = next((other for other in come if _rows_grew(mark, other)), None)
        if grown is None:
            yield ast.unparse(mark)[:120]
        else:
            come.remove(grown)
    yield from (ast.unparse(mark)[:120] for mark in come)


def _rows_grew(old: ast.expr, new: ast.expr) -> bool:
    """Tell whether a parametrised test has all its rows as before, and further ones."""
    if not (isinstance(old, ast.Call) and isinstance(new, ast.Call) and name_of(old.func) == "parametrize"):
        return False
    rows = [call.args[1] if len(call.args) > 1 else None for call in (old, new)]
    if not all(isinstance(listed, ast.List) for listed in rows):
        return False
    rest = [[code(part) for part in (call.func, call.args[0], *call.args[2:], *call.keywords)] for call in (old, new)]
    keys = iter([code(row) for row in getattr(rows[1], "elts", [])])
    return rest[0] == rest[1] and all(code(row) in keys for row in getattr(rows[0], "elts", []))


def is_skip(mark: str) -> bool:
    """Tell whether a decorator keeps a test from running or failing."""
    return _SKIPPING.search(mark.split("(", 1)[0]) is not None


def escapes(body: Sequence[ast.stmt], *, nested: bool = False) -> set[str]:
    """Name the ways out of a test before its demands: returns, skips, swallowed failures, conditions never met."""
    ways: set[str] = set()
    for node in (part for statement in body for part in (statement, *own_nodes(statement))):
        if isinstance(node, ast.Return) and not nested:
            ways.add(f"`{ast.unparse(node)}`")
        elif isinstance(node, ast.Call) and name_of(node.func) in _RUN_AWAY:
            ways.add(f"`{ast.unparse(node)[:80]}`")
        elif isinstance(node, ast.Try) and any(assertions_in(node.body)) and not _handlers_raise(node):
            ways.add("`try` around a demand, its failure swallowed")
        elif isinstance(node, ast.With | ast.AsyncWith) and any(_suppresses(item) for item in node.items):
            ways.add("`suppress` around a demand")
        elif isinstance(node, ast.If | ast.While) and isinstance(node.test, ast.Constant) and not node.test.value:
            ways.add("a condition that never holds")
    return ways


def ways_out(node: Function) -> set[str]:
    """Name the ways out of a test function before its demands."""
    return escapes(body_of(node))


def _handlers_raise(node: ast.Try) -> bool:
    return all(
        any(isinstance(part, ast.Raise) or any(assertions_in([part])) for part in handler.body)
        for handler in node.handlers
    )


def _suppresses(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and name_of(item.context_expr.func) == "suppress"
