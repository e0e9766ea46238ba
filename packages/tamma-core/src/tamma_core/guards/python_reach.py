"""Find where Python code begins to reach for what runs and judges its tests."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tamma_core.guards.assertions import name_of
from tamma_core.guards.python_shape import own_nodes

FRAMEWORKS = frozenset(
    {"unittest", "pytest", "_pytest", "doctest", "nose", "nose2", "pluggy", "hypothesis", "testtools"}
)
_MODULES = frozenset({"atexit", "builtins"})
_MEMBERS = frozenset(
    [
        "sys.modules",
        "sys.settrace",
        "sys.setprofile",
        "sys._getframe",
        "sys._current_frames",
        "sys.monitoring",
        "sys.meta_path",
        "sys.path_hooks",
        "sys.excepthook",
        "inspect.stack",
        "inspect.currentframe",
        "inspect.getouterframes",
        "gc.get_objects",
        "gc.get_referrers",
        "gc.get_referents",
        "os._exit",
        "os.abort",
        "os.kill",
        "threading.settrace",
        "threading.setprofile",
        "threading._shutdown",
        "ctypes.pythonapi",
        "importlib.reload",
        "traceback.extract_stack",
    ]
)
_ATTRIBUTES = frozenset(
    {"f_back", "f_globals", "f_locals", "f_code", "tb_frame", "__subclasses__", "__builtins__", "__globals__"}
)
_SETTERS = frozenset({"setattr", "delattr", "__setattr__", "__delattr__"})
_WORKERS = frozenset({"exec", "eval", "__import__", "__builtins__"})
_WORDS = re.compile(
    r"\b(?:unittest|_?pytest|doctest|atexit|builtins|sys\s*\.\s*modules|_exit|_getframe|settrace|setprofile|setattr|get_objects|exec|eval)\b"
)
_PARSED_LENGTH = 1 << 19
_ARGUMENTS = "sys.argv beside a word of tests"
_AGREES = "__eq__ that always answers the same"


def new_reach(old: str | None, new: str) -> tuple[int, str] | None:
    """Answer line and text of the first reach that only the new version has."""
    before, after = (_parsed(text) for text in (old, new))
    if after is None:
        # A newer interpreter may well run what this one cannot parse.
        lines = enumerate(new.splitlines(), start=1)
        named = ((number, match[0]) for number, line in lines if (match := _WORDS.search(line)))
        return next(((number, text) for number, text in named if text not in (old or "")), None)
    known = Counter(text for _, text in _reaches(before)) if before is not None else Counter[str]()
    words = {text for text in known if text in FRAMEWORKS}
    for line, text in sorted(_reaches(after)):
        if text in words:
            continue
        known[text] -= 1
        if known[text] < 0:
            return line, text
    return None


def _parsed(text: str | None) -> ast.Module | None:
    if text is None or len(text) > _PARSED_LENGTH:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _reaches(tree: ast.Module) -> list[tuple[int, str]]:
    nodes = list(ast.walk(tree))
    known = _Known(dict(_imports(tree)), _named_as_tests(nodes))
    told = [(getattr(node, "lineno", 0), text) for node in nodes for text in _reach(node, known)]
    if not any(isinstance(node, ast.Constant) and _is_word_of_tests(node.value) for node in nodes):
        told = [(line, text) for line, text in told if text != _ARGUMENTS]
    return told


@dataclass(frozen=True, slots=True)
class _Known:
    """Hold what a file tells of its parts: the meaning of imported names, and which nodes hold the name of a demand or test."""

    names: Mapping[str, str]
    demanding: frozenset[int]


def _named_as_tests(nodes: Sequence[ast.AST]) -> frozenset[int]:
    """Answer the ids of nodes that hold a word such as a demand or test begins with; asking each call by itself would take squares."""
    if not any(isinstance(node, ast.Call) and name_of(node.func) in _SETTERS for node in nodes):
        return frozenset()
    found: set[int] = set()
    # The walk has parents before their children.
    for node in reversed(nodes):
        word = node.value if isinstance(node, ast.Constant) else None
        begins = isinstance(word, str) and word.casefold().startswith(("assert", "test", "fail"))
        if begins or any(id(child) in found for child in ast.iter_child_nodes(node)):
            found.add(id(node))
    return frozenset(found)


def _is_word_of_tests(value: object) -> bool:
    return isinstance(value, str) and " " not in value and "test" in value.casefold()


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each imported name with what it stands for; what comes from the own package is no stranger."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _reach(node: ast.AST, known: _Known) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.Constant) and node.value in FRAMEWORKS:
        yield str(node.value)
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from _named(node, known.names)
    elif isinstance(node, ast.Call):
        yield from _called(node, known)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if node.name.startswith("pytest_") or node.name == "load_tests":
            yield f"def {node.name}"
        if node.name in {"__eq__", "__ne__"} and _is_constant(node):
            yield _AGREES
    elif (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and isinstance(node.value.body, ast.Constant)
    ):
        yield from (_AGREES for target in node.targets if isinstance(target, ast.Name) and target.id == "__eq__")


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        module = alias.name if isinstance(node, ast.Import) else f"{node.module or ''}.{alias.name}"
        root = module.split(".")[0]
        if root in FRAMEWORKS | _MODULES:
            yield root
        elif alias.name in FRAMEWORKS:
            yield alias.name
        elif isinstance(node, ast.ImportFrom) and (
            module in _MEMBERS or (root in {"sys", "gc", "inspect"} and alias.name == "*")
        ):
            yield module


def _named(node: ast.Name | ast.Attribute, names: Mapping[str, str]) -> Iterator[str]:
    # Each part of a long chain is a node of its own; only its beginning can be a member.
    whole = _dotted(node, names) if _is_beginning(node) else ""
    if whole in _MEMBERS:
        yield whole
    elif whole == "sys.argv":
        yield _ARGUMENTS
    if isinstance(node, ast.Attribute):
        if node.attr in _ATTRIBUTES:
            yield node.attr
        if not isinstance(node.ctx, ast.Load) and _root(node) in names:
            yield f"{_dotted(node, names)} ="
    elif node.id in _WORKERS:
        yield node.id


def _is_beginning(node: ast.Name | ast.Attribute) -> bool:
    return isinstance(node, ast.Name) or isinstance(node.value, ast.Name)


def _called(node: ast.Call, known: _Known) -> Iterator[str]:
    called = name_of(node.func)
    if called not in _SETTERS or not node.args:
        return
    of = node.args[0]
    if id(node) in known.demanding or _root(of) in known.names:
        yield f"{called}({_dotted(of, known.names) or _root(of)}, …)"


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_constant(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    returned = [part.value for part in own_nodes(node) if isinstance(part, ast.Return)]
    return bool(returned) and all(
        isinstance(value, ast.Constant) and value.value in {True, False} for value in returned
    )
