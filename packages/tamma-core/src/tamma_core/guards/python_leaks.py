"""Find what a Python test function changes beyond itself: attributes of modules and classes, shared containers, the process."""

import ast
import re
from collections.abc import Iterator, Sequence

from tamma_core.guards.assertions import name_of
from tamma_core.guards.python_shape import TEST_CASE_MEMBERS, Function, PythonFile

_ANSWER_SHARED = frozenset(
    {"type", "vars", "globals", "locals", "super", "getattr", "__import__", "import_module", "_getframe"}
)
_LEAD_OUT = frozenset(
    {
        "__class__",
        "__dict__",
        "__globals__",
        "__mro__",
        "__bases__",
        "__self__",
        "__func__",
        "__wrapped__",
        "__builtins__",
    }
)
_SETTERS = frozenset({"setattr", "delattr"})
_OWN_SETTER = re.compile(r"__(?:set|del|i)\w+__")
_PASSES = 10
"""How often aliases of aliases are followed against the order of the lines; what takes longer counts as shared."""
_RUNS_TEXT = frozenset({"exec"})
_TYPES = frozenset({"dict", "list", "set", "operator", "object", "type"})
_COPIES = frozenset({"list", "tuple", "set", "dict", "sorted", "reversed", "enumerate", "zip", "filter"})
_LOOK_UP = frozenset({"get", "pop", "setdefault", "__getitem__"})
_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_CHANGES = frozenset({"update", "setdefault", "clear", "pop", "popitem", "insert", "append", "extend"})
_ENDS = frozenset({"os._exit", "os.abort", "os.kill", "os.killpg"})


def leaks(node: Function, others: frozenset[str], *, shares_class: bool) -> Iterator[str]:
    """Yield each change that outlives a function; `others` are top-level names that no existing test knows, `shares_class` whether `cls` is known to them."""
    yield from _changes(node, _Scope([node], others, shares_class=shares_class))


def early_leaks(file: PythonFile) -> Iterator[tuple[ast.stmt, str]]:
    """Yield each statement that changes, when the file is loaded, what others see, or that calls what may."""
    statements = [node for _, node in file.statements]
    own = frozenset({*file.functions, *file.classes})
    scope = _Scope(statements, own, shares_class=False)
    for node in statements:
        called = (part.value for part in _at_once(node) if isinstance(part, ast.Expr))
        calls = (call for call in called if isinstance(call, ast.Call))
        at_once = (
            ast.unparse(call) for call in calls if scope.is_outside(call) or name_of(call.func) in file.functions
        )
        yield from ((node, leak) for leak in (*_changes(node, scope), *at_once))


def _at_once(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements that run with one at the top of a file."""
    yield node
    if isinstance(node, Function | ast.ClassDef) or (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)):
        return
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt):
            yield from _at_once(part)
        elif isinstance(part, ast.ExceptHandler | ast.match_case):
            yield from (inner for statement in part.body for inner in _at_once(statement))


def _changes(node: ast.AST, scope: "_Scope") -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == "__builtins__":
            yield part.id
        elif isinstance(part, ast.Global):
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

    def __init__(self, nodes: Sequence[ast.stmt], others: frozenset[str], *, shares_class: bool) -> None:
        parts = [part for node in nodes for part in ast.walk(node)]
        given = {part.arg for part in parts if isinstance(part, ast.arg)}
        bound = [pair for node in nodes for pair in _bound(node)]
        # Looked into where it is: a copy for each function would take the square of a file's functions.
        self._others = others
        self._own = {*given, *(name for name, _ in bound)}
        self._shared = {name for part in parts for name in _from_outside(part)} | ({"cls"} if shares_class else set())
        self._holders: set[str] = set()
        values = {id(value): value for _, value in bound if value is not None}
        names: dict[int, list[str]] = {}
        for name, value in bound:
            names.setdefault(id(value), []).append(name)
        for _ in range(_PASSES):
            known = len(self._shared), len(self._holders)
            # Each value once, however many names it is given to.
            for key, value in values.items():
                if self.is_shared(value):
                    self._shared.update(filter(self._is_own, names[key]))
                if self._holds(value):
                    self._holders.update(names[key])
            if known == (len(self._shared), len(self._holders)):
                return
        self._own, self._others = set(), frozenset()

    def _is_own(self, name: str) -> bool:
        return (name in self._own or name in self._others) and name not in self._shared

    def is_shared(self, node: ast.expr) -> bool:
        """Tell whether an expression may stand for something that others know too; what a call answers is new."""
        node, led_out, inside = _origin(node)
        if led_out:
            return True
        if isinstance(node, ast.BoolOp | ast.IfExp):
            return any(self.is_shared(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
        if isinstance(node, ast.Call):
            return self._answers_shared(node, inside=inside)
        if isinstance(node, ast.Name):
            return not self._is_own(node.id) or (inside and node.id in self._holders)
        return inside and self._holds(node)

    def _holds(self, node: ast.AST) -> bool:
        """Tell whether a list or the like, itself new, has something in it that others know too."""
        if isinstance(node, ast.Call) and name_of(node.func) in _COPIES and node.args:
            return self.is_shared(node.args[0]) or self._holds(node.args[0])
        parts = ast.iter_child_nodes(node) if isinstance(node, _DISPLAYS) else ()
        return any(self.is_shared(part) for part in parts if isinstance(part, ast.expr))

    def _answers_shared(self, call: ast.Call, *, inside: bool) -> bool:
        if isinstance(call.func, ast.Lambda):
            return self.is_shared(call.func.body)
        name = name_of(call.func)
        if name in _COPIES and call.args:
            return inside and self._holds(call)
        of = call.func.value if isinstance(call.func, ast.Attribute) else None
        held = isinstance(of, ast.Attribute | ast.Subscript) and self.is_shared(of)
        return name in _ANSWER_SHARED or (name in _LOOK_UP and held)

    def is_outside(self, call: ast.Call) -> bool:
        """Tell whether a call goes, at last, to what was imported or is built in."""
        node: ast.expr = call
        while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and not self._is_own(node.id)

    def is_change(self, call: ast.Call) -> bool:
        """Tell whether a call changes what others know."""
        name = name_of(call.func)
        # A fixture's own `setattr` takes back what it did.
        if ast.unparse(call.func).removeprefix("builtins.") in _SETTERS and call.args:
            return self.is_shared(call.args[0]) or self._holds(getattr(call.args[0], "value", call.args[0]))
        if not isinstance(call.func, ast.Attribute):
            return name in _RUNS_TEXT
        of = call.func.value
        # A module's own function may be called `update` too.
        held = isinstance(of, ast.Attribute | ast.Subscript | ast.Call) or (
            isinstance(of, ast.Name) and of.id.isupper()
        )
        changes = _OWN_SETTER.fullmatch(name) is not None or (name in _CHANGES and held)
        if isinstance(of, ast.Name) and of.id in _TYPES and call.args:
            return self.is_shared(call.args[0])
        starts = name == "start" and "patch" in {name_of(part.func) for part in _calls(of)} | {
            p.attr for p in _attributes(of)
        }
        return (changes and (self.is_shared(of) or _is_member(of))) or starts or ast.unparse(call.func) in _ENDS


def _origin(node: ast.expr) -> tuple[ast.expr, bool, bool]:
    """Follow a chain to what it begins with; tell whether it leads out of an object on the way, and whether into a container."""
    led_out = inside = False
    while True:
        if isinstance(node, ast.Call) and name_of(node.func) in {"next", "iter"} and node.args:
            inside = inside or name_of(node.func) == "next"
            node = node.args[0]
        elif isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.NamedExpr):
            led_out = led_out or (isinstance(node, ast.Attribute) and node.attr in _LEAD_OUT)
            inside = inside or isinstance(node, ast.Subscript)
            node = node.value
        else:
            return node, led_out, inside


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Call))


def _attributes(node: ast.AST) -> Iterator[ast.Attribute]:
    return (part for part in ast.walk(node) if isinstance(part, ast.Attribute))


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each name that a function gives a meaning, with what it stands for."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assign):
            yield from ((name, part.value) for target in part.targets for name in _names(target))
        elif isinstance(part, ast.AnnAssign | ast.NamedExpr):
            yield from ((name, part.value) for name in _names(part.target))
        elif isinstance(part, ast.For | ast.AsyncFor | ast.comprehension):
            element = ast.Subscript(part.iter, ast.Constant(0), ast.Load())
            yield from ((name, element) for name in _names(part.target))
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
