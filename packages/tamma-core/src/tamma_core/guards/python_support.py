"""Judge what stands round Python tests: module statements, classes, fixtures, hooks, shadowed names."""

import ast
import re
from collections.abc import Iterator

from tamma_core.domain.guard import Finding
from tamma_core.guards.assertions import name_of
from tamma_core.guards.policy import found, printable
from tamma_core.guards.python_leaks import early_leaks, leaks
from tamma_core.guards.python_marks import escapes, is_skip, new_marks
from tamma_core.guards.python_shape import PythonFile, bound_names, code, imported, is_test_function

_HOOK = re.compile(
    r"pytest_\w+|load_tests|(setup|teardown)(_?\w*)?|(setUp|tearDown)\w*|run|runTest|debug|id|countTestCases|__\w+__"
)
_COLLECTION = re.compile(
    r"pytestmark|__test__|collect_ignore(_glob)?|__unittest_skip\w*|pytest_plugins|__unittest_expecting_failure__|maxDiff|failureException"
)

_SEEN_PARENTS = frozenset({"object", "unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "unittest.case.TestCase"})

# Other fixtures, which stand in files that the change leaves alone, may ask for these.
_FIXTURES = frozenset(
    {"cache", "capfd", "capfdbinary", "caplog", "capsys", "capsysbinary", "doctest_namespace", "event_loop", "mocker", "monkeypatch", "pytestconfig",
     "pytester", "record_property", "recwarn", "request", "subtests", "testdir", "tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory"}
)  # fmt: skip


def support_findings(path: str, old: PythonFile, new: PythonFile) -> Iterator[Finding]:
    """Compare what a test file holds beside the bodies of its functions."""
    yield from _statements(path, old, new)
    yield from _classes(path, old, new)
    existed = bool(old.functions or old.statements)
    mine = frozenset((new.functions.keys() | new.classes.keys()) - old.used_names)
    for name, node in new.functions.items():
        if name not in old.functions and existed:
            yield from _new_function(path, name, node, old)
        yield from _leaks(path, name, old, new, mine)


def _statements(path: str, old: PythonFile, new: PythonFile) -> Iterator[Finding]:
    before, after = ({f"{scope}{code(node)}": (scope, node) for scope, node in file.statements} for file in (old, new))
    existed = bool(old.functions or old.statements)
    effects = {id(node): leak for node, leak in early_leaks(new)}
    for key in before.keys() - after.keys():
        node = before[key][1]
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass) and not _is_text(node):
            yield found("test_support_changed", path, f"line {node.lineno} of the old version is gone or changed")
    for key in sorted(after.keys() - before.keys(), key=lambda k: after[k][1].lineno):
        scope, statement = after[key]
        leak = effects.get(id(statement), "")
        reason = _harm(scope, statement, old, existed=existed) or (
            f"changes what others see when it is loaded: `{printable(leak)[:80]}`" if leak else ""
        )
        if reason:
            rule = "test_skipped" if _keeps_from_running(statement) else "test_support_changed"
            yield found(rule, path, f"line {statement.lineno} {reason}")


def _harm(scope: str, node: ast.stmt, old: PythonFile, *, existed: bool) -> str:
    """Say what a new statement does to the existing tests, or nothing."""
    if _keeps_from_running(node):
        return "keeps tests from being collected or run"
    if _reaches_out(node):
        return "changes something outside the test file when it is loaded"
    if not existed or (scope and scope[:-1] not in old.classes) or _is_text(node) or isinstance(node, ast.Pass):
        return ""
    if isinstance(node, ast.Import | ast.ImportFrom):
        origins, used = old.origins, old.used_names
        taken = sorted(
            name for name, origin in imported(node) if name == "*" or (name in used and origins.get(name) != origin)
        )
        return f"gives `{taken[0]}` a new meaning" if taken else ""
    members = old.used_members if scope else frozenset()
    taken = sorted(name for name in bound_names(node) if name in old.used_names or name in members)
    if taken:
        return f"gives `{taken[0]}` a new meaning"
    if scope and bound_names(node) and _inherits_unseen(old, scope[:-1]):
        return "may replace what its class inherits"
    is_plain = isinstance(node, ast.Assign | ast.AnnAssign) or _only_imports(node)
    return "" if is_plain else "runs when the existing tests are loaded"


def _keeps_from_running(node: ast.stmt) -> bool:
    return any(_COLLECTION.fullmatch(name) for name in bound_names(node)) or bool(escapes([node], nested=True))


def _only_imports(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.If)
        and all(isinstance(part, ast.Import | ast.ImportFrom) for part in node.body)
        and not node.orelse
    )


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _reaches_out(node: ast.stmt) -> bool:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    elif isinstance(node, ast.Delete):
        return True
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return name_of(node.value.func) in {
            "setattr",
            "delattr",
            "exec",
            "eval",
            "update",
            "patch",
            "insert",
            "append",
            "start",
            "exit",
            "register",
        }
    return any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets)


def _classes(path: str, old: PythonFile, new: PythonFile) -> Iterator[Finding]:
    for name, before in old.classes.items():
        after = new.classes.get(name)
        if after is None:
            continue  # its tests are missed one by one
        for mark in new_marks(before, after):
            rule = "test_skipped" if is_skip(mark) else "test_support_changed"
            yield found(rule, path, f"class `{name}`: the mark `{mark}` was added or removed")
        if [code(base) for base in before.bases] != [code(base) for base in after.bases]:
            yield found("test_support_changed", path, f"the parents of class `{name}` were changed")
    for name in new.classes.keys() - old.classes.keys():
        scope, _, short = name.rpartition(".")
        known = old.used_names if not scope else old.used_members if scope in old.classes else set()
        if short in known:
            yield found("test_support_changed", path, f"the class `{name}` gives a used name a new meaning")


def _new_function(path: str, name: str, node: ast.AST, old: PythonFile) -> Iterator[Finding]:
    scope, _, short = name.rpartition(".")
    marks = [ast.unparse(mark) for mark in getattr(node, "decorator_list", [])]
    if (not scope or scope in old.classes) and _HOOK.fullmatch(short):
        yield found("test_support_changed", path, f"the hook `{name}` now runs with the existing tests")
    elif any("autouse" in mark for mark in marks):
        yield found("test_support_changed", path, f"the fixture `{name}` is now used by the existing tests")
    elif any(provided in old.used_names or provided in _FIXTURES for provided in _provided(node)):
        yield found("test_support_changed", path, f"the fixture `{name}` takes the place of another")
    elif not scope and short in old.used_names:
        yield found("test_support_changed", path, f"`{name}` gives a used name a new meaning")
    elif scope in old.classes:
        yield from _new_member(path, name, old)


def _provided(node: ast.AST) -> set[str]:
    """Answer the names under which tests may ask for a fixture."""
    marks = [mark for mark in getattr(node, "decorator_list", []) if "fixture" in ast.unparse(mark).partition("(")[0]]
    keywords = [word for mark in marks if isinstance(mark, ast.Call) for word in mark.keywords if word.arg == "name"]
    given = {str(word.value.value) for word in keywords if isinstance(word.value, ast.Constant)}
    return given | ({getattr(node, "name", "")} if marks else set())


def _new_member(path: str, name: str, old: PythonFile) -> Iterator[Finding]:
    """Judge a method that came to an existing class."""
    scope, _, short = name.rpartition(".")
    if is_test_function(name):
        if any(f"{parent}.{short}" in old.functions for parent in _parents(old, scope)):
            yield found("test_removed", path, f"`{name}` takes the place of an inherited test")
    elif short in old.used_names or short in old.used_members:
        yield found("test_support_changed", path, f"`{name}` gives a used name a new meaning")
    elif _inherits_unseen(old, scope):
        yield found("test_support_changed", path, f"`{name}` may replace what its class inherits")


def _parents(file: PythonFile, name: str) -> set[str]:
    """Answer the classes of the same file that a class inherits from."""
    found_names: set[str] = set()
    waiting = [name]
    while waiting:
        bases = file.classes[waiting.pop()].bases
        come = {base.id for base in bases if isinstance(base, ast.Name) and base.id in file.classes} - found_names
        found_names |= come
        waiting += come
    return found_names - {name}


def _inherits_unseen(file: PythonFile, name: str) -> bool:
    """Tell whether a class has parents whose members nobody can see here."""
    origins = file.origins
    for known in {name, *_parents(file, name)} & file.classes.keys():
        for base in file.classes[known].bases:
            first, _, rest = ast.unparse(base).partition(".")
            origin = origins.get(first, first).replace(":", ".") + (f".{rest}" if rest else "")
            if origin not in _SEEN_PARENTS and not (isinstance(base, ast.Name) and base.id in file.classes):
                return True
    return False


def _leaks(path: str, name: str, old: PythonFile, new: PythonFile, mine: frozenset[str]) -> Iterator[Finding]:
    """Speak up about what a test begins to change for all others."""
    before, after = old.functions.get(name), new.functions[name]
    if before is not None and code(before) == code(after):
        return
    scope = name.rpartition(".")[0]
    has = [set(leaks(node, mine, shares_class=scope in old.classes)) if node else set() for node in (before, after)]
    for leak in sorted(has[1] - has[0])[:1]:
        yield found("test_support_changed", path, f"`{name}` changes what others see: `{printable(leak)[:80]}`")
