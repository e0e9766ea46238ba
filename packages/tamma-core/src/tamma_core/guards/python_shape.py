"""Read a Python test file: which tests it holds, and what each of them demands."""

import ast
import unittest
from collections.abc import Iterator, Mapping
from functools import cached_property

from tamma_core.domain.record import Record

_PARSED_LENGTH = 1 << 19
_DEEPEST = 120
Function = ast.FunctionDef | ast.AsyncFunctionDef
_CASE = unittest.IsolatedAsyncioTestCase
TEST_CASE_MEMBERS = frozenset({*dir(_CASE), *vars(_CASE("run"))} - {"maxDiff", "longMessage"})
"""What a test case has by itself: its demands, and what runs and judges it."""
_ASK_FOR_FIXTURES = frozenset({"usefixtures", "getfixturevalue"})


class PythonFile(Record, frozen=True, dict=True):
    """Hold a parsed file: its functions by qualified name, and its other statements."""

    functions: Mapping[str, Function]
    classes: Mapping[str, ast.ClassDef]
    statements: tuple[tuple[str, ast.stmt], ...]
    """Statements outside functions and classes, with the scope that they stand in."""
    shadowed: frozenset[str]
    """Names defined more than once, where only the last counts."""

    @property
    def tests(self) -> dict[str, Function]:
        """Answer the functions that a collector would take."""
        return {name: node for name, node in self.functions.items() if is_test_function(name)}

    @cached_property
    def used_names(self) -> frozenset[str]:
        """Answer every name that the file reads or defines, fixtures that its functions ask for among them."""
        nodes = list(_nodes(self))
        asked = (part for part in nodes if isinstance(part, ast.Call) and _called(part) in _ASK_FOR_FIXTURES)
        arguments = (part for node in self.functions.values() for part in ast.walk(node.args))
        return frozenset(
            {
                *(part.id for part in nodes if isinstance(part, ast.Name)),
                *(part.arg for part in arguments if isinstance(part, ast.arg)),
                *(str(word.value) for call in asked for word in call.args if isinstance(word, ast.Constant)),
                *(name.rsplit(".", 1)[-1] for name in (*self.functions, *self.classes)),
            }
        )

    @cached_property
    def used_members(self) -> frozenset[str]:
        """Answer every name that the classes of the file look up in themselves, or have from `unittest`."""
        own = {"self", "cls", "super", "type", *self.classes}
        looked_up = [part for part in _nodes(self) if isinstance(part, ast.Attribute)]
        owners = [part.value.func if isinstance(part.value, ast.Call) else part.value for part in looked_up]
        members = {
            part.attr
            for part, owner in zip(looked_up, owners, strict=True)
            if isinstance(owner, ast.Name) and owner.id in own
        }
        return TEST_CASE_MEMBERS | members

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """Answer where each imported name comes from."""
        return {name: origin for _, node in self.statements for name, origin in imported(node)}


def read_python(text: str | None) -> PythonFile | None:
    """Parse a file; none if it is no Python, or too large to be compared in seconds."""
    if len(text or "") > _PARSED_LENGTH:
        return None
    try:
        tree = ast.parse(text or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if _is_deep(tree):
        return None
    functions: dict[str, Function] = {}
    classes: dict[str, ast.ClassDef] = {}
    statements: list[tuple[str, ast.stmt]] = []
    shadowed: set[str] = set()
    for scope, node in _walk(tree.body, ""):
        if isinstance(node, Function | ast.ClassDef):
            name = f"{scope}{node.name}"
            target: dict[str, Function] | dict[str, ast.ClassDef] = functions if isinstance(node, Function) else classes
            if name in functions or name in classes:
                shadowed.add(name)
            target[name] = node  # type: ignore[assignment]  # the pair is chosen together
        else:
            statements.append((scope, node))
    return PythonFile(functions, classes, tuple(statements), frozenset(shadowed))


def _is_deep(tree: ast.AST) -> bool:
    """Tell whether code is nested deeper than can be written out by recursion."""
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def is_test_function(qualified: str) -> bool:
    """Tell whether pytest or unittest would collect a function of this name by default."""
    *classes, name = qualified.split(".")
    return name.startswith("test") and all(not part.startswith("_") for part in classes)


def body_of(node: Function) -> list[ast.stmt]:
    """Answer a function's statements without its docstring."""
    first = node.body[0]
    is_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.body[1:] if is_doc else node.body


def same(left: ast.AST | list[ast.stmt], right: ast.AST | list[ast.stmt]) -> bool:
    """Tell whether two pieces of code are the same but for layout and comments."""
    return code(left) == code(right)


def code(node: ast.AST | list[ast.stmt]) -> str:
    """Write a piece of code in one way whatever its layout."""
    if isinstance(node, list):
        return "\n".join(ast.dump(part) for part in node)
    return ast.dump(node)


def is_generator(node: Function) -> bool:
    """Tell whether a function yields, so that calling it runs nothing."""
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in own_nodes(node))


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's own body, not those of functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield from own_nodes(child)


def bound_names(node: ast.stmt) -> set[str]:
    """Answer the names that a statement gives a new meaning; `*` if it may be any."""
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    for part in ast.walk(node):
        if isinstance(part, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in part.names}
    return names


def imported(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield each name that a statement imports, and where it comes from."""
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom):
            module = "." * part.level + (part.module or "")
            yield from ((alias.asname or alias.name, f"{module}:{alias.name}") for alias in part.names)
        elif isinstance(part, ast.Import):
            for alias in part.names:
                local = alias.asname or alias.name.split(".")[0]
                yield local, alias.name if alias.asname else local


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _nodes(file: PythonFile) -> Iterator[ast.AST]:
    nodes: list[ast.AST] = [*file.functions.values(), *file.classes.values(), *(node for _, node in file.statements)]
    return (part for node in nodes for part in ast.walk(node))


def _walk(body: list[ast.stmt], scope: str) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        yield scope, node
        if isinstance(node, ast.ClassDef):
            yield from _walk(node.body, f"{scope}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With):
            # A definition under a condition still counts as one of the file's.
            nested = [part for part in ast.iter_child_nodes(node) if isinstance(part, Function | ast.ClassDef)]
            yield from _walk(list(nested), scope)
