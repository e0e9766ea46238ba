"""Find what a Python test function changes beyond itself: attributes of modules and classes, shared containers, the process."""

import ast
from collections.abc import Iterator

from tamma_core.guards.assertions import name_of
from tamma_core.guards.python_shape import TEST_CASE_MEMBERS, Function

_ANSWER_SHARED = frozenset({"type", "vars", "globals", "locals", "super", "getattr", "__import__", "import_module"})
_LEAD_OUT = frozenset(
    {"__class__", "__dict__", "__globals__", "__mro__", "__bases__", "__self__", "__func__", "__wrapped__"}
)
_SETTERS = frozenset({"setattr", "delattr"})
_OWN_SETTERS = frozenset({"__setattr__", "__delattr__", "__setitem__", "__delitem__"})
_CHANGES = frozenset({"update", "setdefault", "clear", "pop", "popitem", "insert", "append", "extend"})
_ENDS = frozenset({"os._exit", "os.abort", "os.kill", "os.killpg"})


def leaks(node: Function, others: frozenset[str], *, shares_class: bool) -> Iterator[str]:
    """Yield each change that outlives a function; `others` are top-level names that no existing test knows, `shares_class` whether `cls` is known to them."""
    scope = _Scope(node, others, shares_class=shares_class)
    for part in ast.walk(node):
        if isinstance(part, ast.Global):
            yield f"global {', '.join(part.names)}"
        elif isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
            if scope.is_shared(part.value) or _is_member(part):
                yield f"{ast.unparse(part)} ="
        elif isinstance(part, ast.Call) and scope.is_change(part):
            yield ast.unparse(part)


def _is_member(part: ast.expr) -> bool:
    """Tell whether something is set by which a test case runs and makes its demands."""
    name = ""
    while isinstance(part, ast.Attribute | ast.Subscript):
        name = part.attr if isinstance(part, ast.Attribute) else name
        part = part.value
    return isinstance(part, ast.Name) and part.id == "self" and name in TEST_CASE_MEMBERS


class _Scope:
    """Know which names of a function stand for what only it knows."""

    def __init__(self, node: Function, others: frozenset[str], *, shares_class: bool) -> None:
        given = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        self._own = others | given | {name for name, _ in _bound(node)}
        if shares_class:
            self._own -= {"cls"}
        self._own -= {name for part in ast.walk(node) for name in _from_outside(part)}
        while (
            aliases := {name for name, value in _bound(node) if value is not None and self.is_shared(value)} & self._own
        ):
            self._own -= aliases

    def is_shared(self, node: ast.expr) -> bool:
        """Tell whether an expression may stand for something that others know too; what a call answers is new."""
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            if isinstance(node, ast.Attribute) and node.attr in _LEAD_OUT:
                return True
            node = node.value
        if isinstance(node, ast.Call):
            return name_of(node.func) in _ANSWER_SHARED
        return isinstance(node, ast.Name) and node.id not in self._own

    def is_change(self, call: ast.Call) -> bool:
        """Tell whether a call changes what others know."""
        name = name_of(call.func)
        if name in _SETTERS and call.args:
            return self.is_shared(call.args[0])
        if not isinstance(call.func, ast.Attribute):
            return False
        of = call.func.value
        # A module's own function may be called `update` too.
        held = isinstance(of, ast.Attribute | ast.Subscript | ast.Call) or (
            isinstance(of, ast.Name) and of.id.isupper()
        )
        changes = name in _OWN_SETTERS or (name in _CHANGES and held)
        return (changes and self.is_shared(of)) or ast.unparse(call.func) in _ENDS


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each name that a function gives a meaning, with what it stands for."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            yield from ((name, part.value) for target in part.targets for name in _names(target))
        elif isinstance(part, ast.AnnAssign | ast.NamedExpr):
            yield from ((name, part.value) for name in _names(part.target))
        elif isinstance(part, ast.For | ast.AsyncFor | ast.comprehension):
            yield from ((name, part.iter) for name in _names(part.target))
        elif isinstance(part, ast.withitem) and part.optional_vars is not None:
            yield from ((name, part.context_expr) for name in _names(part.optional_vars))
        elif isinstance(part, Function | ast.ClassDef | ast.ExceptHandler) and part is not node and part.name:
            yield part.name, None


def _from_outside(part: ast.AST) -> Iterator[str]:
    if isinstance(part, ast.Global | ast.Nonlocal):
        yield from part.names
    elif isinstance(part, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in part.names)


def _names(target: ast.expr) -> Iterator[str]:
    return (part.id for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
