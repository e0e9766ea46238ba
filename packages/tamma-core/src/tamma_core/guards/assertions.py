"""Compare what two versions of a test demand."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from tamma_core.domain.record import Record
from tamma_core.guards.python_shape import code

Comparison = Literal["same", "stronger", "looser", "other"]

_TRUTH = {"assertTrue", "assertIsNotNone", "assertFalse", "assertIsNone", "assertIsInstance"}
_EXACT = {
    "assertEqual", "assertEquals", "assertIs", "assertDictEqual", "assertListEqual", "assertSetEqual", "assertTupleEqual",
    "assertSequenceEqual", "assertMultiLineEqual",
}  # fmt: skip
_LOOSE = {"assertIn", "assertAlmostEqual", "assertCountEqual", "assertRegex", "assertGreater", "assertGreaterEqual", "assertLess", "assertLessEqual",
          "assertNotEqual", "assertIsInstance", "assertIsNot", "assertNotIn"}  # fmt: skip
_TOLERANCES = {"abs", "rel", "abs_tol", "rel_tol", "atol", "rtol", "delta", "tolerance", "tol"}
_CLOSE = re.compile(r"approx|\w*close|assert\w*", re.IGNORECASE)
_PLACES = {"places", "decimal", "significant", "ndigits"}


class Assertion(Record, frozen=True):
    """Hold one demand: the statement or call, and the thing that it is about."""

    node: ast.expr | ast.stmt
    line: int

    @property
    def key(self) -> str:
        """Write the demand without its message."""
        if isinstance(self.node, ast.Assert):
            return code(self.node.test)
        return code(self.node)

    @property
    def text(self) -> str:
        """Write the demand for a person, shortened."""
        return ast.unparse(self.node).split("\n", 1)[0][:120]


def assertions_in(body: Sequence[ast.AST]) -> Iterator[Assertion]:
    """Yield the demands in some code: assert statements, assert calls, expected exceptions, failures."""
    for node in (part for statement in body for part in ast.walk(statement)):
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and _demands(name_of(node.func))):
            yield Assertion(node, node.lineno)


def name_of(function: ast.expr) -> str:
    """Answer the last part of what is called."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def lost(old: Sequence[Assertion], new: Sequence[Assertion]) -> tuple[list[Assertion], list[Assertion]]:
    """Answer which demands are gone and which are new, counting equal ones."""
    before, after = Counter(a.key for a in old), Counter(a.key for a in new)
    return _surplus(old, before - after), _surplus(new, after - before)


def compare(old: Assertion, new: Assertion) -> Comparison:
    """Tell how a demand relates to the one in its place: stronger (whatever fulfils it fulfils the old one), looser, or other."""
    if old.key == new.key:
        return "same"
    tolerance = _tolerance_change(old.node, new.node)
    if tolerance is not None:
        return tolerance
    if _is_implied(old.node, new.node):
        return "stronger"
    left, right = _subject(old.node), _subject(new.node)
    if left is None or right is None or left[0] != right[0]:
        return "other"
    return "looser" if right[1] < left[1] else "other"


def _demands(name: str) -> bool:
    lowered = name.casefold()
    return lowered.startswith("assert") or name in {"raises", "warns", "fail", "expect", "deprecated_call"}


def _surplus(items: Sequence[Assertion], counts: Counter[str]) -> list[Assertion]:
    left = Counter(counts)
    result = []
    for item in reversed(items):
        if left[item.key] > 0:
            left[item.key] -= 1
            result.append(item)
    return list(reversed(result))


def _subject(node: ast.AST) -> tuple[str, int] | None:
    """Answer what a demand is about, and how much it demands: 1 truth, 2 a relation, 3 equality."""
    if isinstance(node, ast.Assert):
        return _tested(node.test)
    if isinstance(node, ast.Call) and node.args:
        name = name_of(node.func)
        if name == "assertTrue":
            return _tested(node.args[0])
        strength = 3 if name in _EXACT else 2 if name in _LOOSE - _TRUTH else 1 if name in _TRUTH else 0
        return (code(node.args[0]), strength) if strength else None
    return None


def _tested(test: ast.expr) -> tuple[str, int]:
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        exact = isinstance(test.ops[0], ast.Eq | ast.Is) and not _is_none(test.comparators[0])
        weak = isinstance(test.ops[0], ast.IsNot | ast.Is) and _is_none(test.comparators[0])
        return code(test.left), 3 if exact else 1 if weak else 2
    if isinstance(test, ast.Call) and name_of(test.func) in {"isinstance", "bool", "len"} and test.args:
        return code(test.args[0]), 1
    return code(test), 1


def _is_implied(old: ast.AST, new: ast.AST) -> bool:
    """Tell whether truth was demanded of something, and now equality with a written value that is true."""
    subject, pair = _held_true(old), _held_equal(new)
    # Another object's method of the same name may demand anything.
    by_statement = isinstance(new, ast.Assert)
    same_object = isinstance(old, ast.Call) and isinstance(new, ast.Call) and _owner(old) == _owner(new)
    if subject is None or pair is None or not (by_statement or same_object):
        return False
    return any(code(one) == code(subject) and _is_true_literal(other) for one, other in (pair, (pair[1], pair[0])))


def _held_true(node: ast.AST) -> ast.expr | None:
    """Answer what a demand wants to be true, or to be anything but none."""
    if isinstance(node, ast.Call):
        return node.args[0] if node.args and name_of(node.func) in {"assertTrue", "assertIsNotNone"} else None
    test = node.test if isinstance(node, ast.Assert) else None
    if isinstance(test, ast.Compare):
        is_there = len(test.ops) == 1 and isinstance(test.ops[0], ast.IsNot) and _is_none(test.comparators[0])
        return test.left if is_there else None
    return test


def _held_equal(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """Answer the two sides of an equality that is all that a demand does."""
    if isinstance(node, ast.Assert):
        test = node.test
        is_equality = isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)
        return (test.left, test.comparators[0]) if isinstance(test, ast.Compare) and is_equality else None
    if not (
        isinstance(node, ast.Call) and name_of(node.func) in {"assertEqual", "assertEquals"} and len(node.args) > 1
    ):
        return None
    messages = [*node.args[2:], *(keyword.value for keyword in node.keywords)]
    return (node.args[0], node.args[1]) if all(isinstance(part, ast.Constant) for part in messages) else None


def _owner(call: ast.Call) -> str:
    return code(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _is_true_literal(node: ast.expr) -> bool:
    try:
        return bool(ast.literal_eval(node))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _tolerance_change(old: ast.AST, new: ast.AST) -> Comparison | None:
    before, after = _without_tolerances(old), _without_tolerances(new)
    if before[0] != after[0] or before[1] == after[1]:
        return None
    if set(before[1]) != set(after[1]) or len(before[1]) != len(after[1]):
        return "looser"
    wider = any(after[1][name] > value for name, value in before[1].items())
    return "looser" if wider else "stronger"


def _without_tolerances(node: ast.AST) -> tuple[str, dict[str, float]]:
    """Write a demand without its tolerances, which come apart: larger means looser."""
    found: dict[str, float] = {}
    text = code(node)
    for call in (
        part for part in ast.walk(node) if isinstance(part, ast.Call) and _CLOSE.fullmatch(name_of(part.func))
    ):
        for keyword in call.keywords:
            if keyword.arg in _TOLERANCES | _PLACES and isinstance(keyword.value, ast.Constant):
                value = keyword.value.value
                if isinstance(value, int | float):
                    found[f"{len(found)}.{keyword.arg}"] = -float(value) if keyword.arg in _PLACES else float(value)
                    text = text.replace(ast.dump(keyword), "", 1)
    return text.replace(", keywords=[]", "").replace("keywords=[]", ""), found
