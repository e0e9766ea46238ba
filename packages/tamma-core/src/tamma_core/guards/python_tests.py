"""Compare the Python tests of two trees: removed, skipped, loosened or otherwise changed."""

import ast
import re
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.domain.record import Record
from tamma_core.domain.suite_paths import is_test_name, is_test_path
from tamma_core.guards.assertions import Assertion, assertions_in, compare, lost
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.policy import found
from tamma_core.guards.python_marks import is_skip, new_marks, ways_out
from tamma_core.guards.python_reach import FRAMEWORKS
from tamma_core.guards.python_shape import (
    Function,
    PythonFile,
    body_of,
    code,
    is_generator,
    is_test_function,
    read_python,
    same,
)
from tamma_core.guards.python_support import support_findings

_HELPER = re.compile(r"_*(?:assert|check|expect|verify|ensure|demand)\w*")


class _Pair(Record, frozen=True):
    file: FileVersions
    old: PythonFile
    new: PythonFile


def python_findings(files: Sequence[FileVersions]) -> Iterator[Finding]:
    """Compare each Python test file with what it was, and look for removed tests in the whole change."""
    pairs = []
    for file in files:
        if not file.path.casefold().endswith((".py", ".pyi")) and not file.old_path.casefold().endswith(".py"):
            continue
        old, new = read_python(file.old_text), read_python(file.new_text)
        if old is None or new is None:
            yield from _unreadable(file)
        elif _holds_tests(file, old) or _holds_tests(file, new) or _serves_tests(old):
            pairs.append(_Pair(file, old, new))
        else:
            yield from _helpers(file.path, old, new)
    elsewhere = _arrivals(pairs)
    for pair in pairs:
        yield from _compare_file(pair, elsewhere)


def _holds_tests(file: FileVersions, content: PythonFile) -> bool:
    named = is_test_path(file.path) or is_test_path(file.old_path)
    return named or any(any(assertions_in(body_of(node))) for node in content.tests.values())


def _serves_tests(content: PythonFile) -> bool:
    """Tell whether a program's own file uses a test framework to demand something, or to give tests what they ask for."""
    imported = (alias for _, node in content.statements if isinstance(node, ast.Import) for alias in node.names)
    modules = [alias.name for alias in imported]
    modules += [node.module or "" for _, node in content.statements if isinstance(node, ast.ImportFrom)]
    used = FRAMEWORKS.intersection(module.partition(".")[0] for module in modules)
    return bool(used) and any(
        any(assertions_in(body_of(node))) or any("fixture" in ast.unparse(mark) for mark in node.decorator_list)
        for node in content.functions.values()
    )


def _helpers(path: str, old: PythonFile, new: PythonFile) -> Iterator[Finding]:
    """Look for what a function demanded that is called as a check is, and that tests may call."""
    for name, node in old.functions.items():
        if _HELPER.fullmatch(name.rpartition(".")[2]):
            after = new.functions.get(name)
            gone, _ = lost(list(assertions_in(node.body)), list(assertions_in(after.body if after else [])))
            if gone:
                yield found(
                    "assertion_removed", path, f"`{name}`, which tests may call, no longer demands `{gone[0].text}`"
                )


def _unreadable(file: FileVersions) -> Iterator[Finding]:
    if is_test_path(file.path) or is_test_path(file.old_path):
        yield found(
            "test_unreadable", file.path, "a version of the test file is no valid Python, or too large to compare"
        )


def _arrivals(pairs: Sequence[_Pair]) -> dict[str, Function]:
    """Gather the functions that are new in some file, where removed tests may have moved to."""
    arrived: dict[str, Function] = {}
    for pair in pairs:
        if pair.file.change.new_blob is not None and is_test_name(pair.file.name):
            arrived |= {name: node for name, node in pair.new.functions.items() if name not in pair.old.functions}
    return arrived


def _compare_file(pair: _Pair, elsewhere: dict[str, Function]) -> Iterator[Finding]:
    path = pair.file.path
    for name, old in pair.old.functions.items():
        new = pair.new.functions.get(name) or elsewhere.get(name)
        if new is None:
            yield from _gone(path, name, old, elsewhere)
        else:
            yield from compare_function(path, name, old, new)
    for name in sorted(pair.new.shadowed - pair.old.shadowed):
        yield found("test_removed", path, f"`{name}` is defined twice, so that only the last one counts")
    yield from support_findings(path, pair.old, pair.new)


def _gone(path: str, name: str, old: Function, elsewhere: dict[str, Function]) -> Iterator[Finding]:
    if is_test_function(name):
        if not any(same(old.body, node.body) and _collected_alike(name, other) for other, node in elsewhere.items()):
            yield found("test_removed", path, f"the test `{name}` was removed or renamed")
    elif any(assertions_in(old.body)):
        yield found("assertion_removed", path, f"`{name}`, which demands something, was removed")
    else:
        yield found("test_support_changed", path, f"`{name}` was removed")


def _collected_alike(name: str, other: str) -> bool:
    """Tell whether a runner that took one name also takes the other; classes go by their names too."""
    was, now = (qualified.rpartition(".")[0] for qualified in (name, other))
    return is_test_function(other) and (now in {was, ""} or now.startswith("Test"))


def compare_function(path: str, name: str, old: Function, new: Function) -> Iterator[Finding]:
    """Compare two versions of one test or of what tests call."""
    for mark in new_marks(old, new):
        rule = "test_skipped" if is_skip(mark) else "test_changed"
        yield found(rule, path, f"`{name}`: the mark `{mark}` was added or removed")
    if type(old) is not type(new) or is_generator(old) != is_generator(new):
        yield found("test_skipped", path, f"`{name}` became another kind of function, which a runner may not run")
    elif code(old.args) != code(new.args):
        yield found("test_changed", path, f"the parameters of `{name}` were changed")
    if not _only_grew(body_of(old), body_of(new)):
        yield from _changed_body(path, name, old, new)


def _only_grew(old: list[ast.stmt], new: list[ast.stmt]) -> bool:
    """Tell whether the old statements all stand first, each the same or a stronger demand."""
    return len(old) <= len(new) and all(_same_or_stronger(a, b) for a, b in zip(old, new, strict=False))


def _same_or_stronger(old: ast.stmt, new: ast.stmt) -> bool:
    if same(old, new):
        return True
    before, after = _demand(old), _demand(new)
    return before is not None and after is not None and compare(before, after) in {"same", "stronger"}


def _demand(node: ast.stmt) -> Assertion | None:
    target = node.value if isinstance(node, ast.Expr) else node
    first = next(iter(assertions_in([target])), None)
    return first if first is not None and first.node is target else None


def _changed_body(path: str, name: str, old: Function, new: Function) -> Iterator[Finding]:
    findings = [*_escapes(path, name, old, new), *_demands(path, name, old, new)]
    yield from findings
    if not findings:
        rule = "test_changed" if is_test_function(name) else "test_support_changed"
        yield found(rule, path, f"the body of `{name}` was changed")


def _escapes(path: str, name: str, old: Function, new: Function) -> Iterator[Finding]:
    for way in sorted(ways_out(new) - ways_out(old)):
        yield found("test_skipped", path, f"`{name}` may now end without failing, by {way}")


def _demands(path: str, name: str, old: Function, new: Function) -> Iterator[Finding]:
    gone, come = lost(list(assertions_in(body_of(old))), list(assertions_in(body_of(new))))
    for index, demand in enumerate(gone):
        replacement = come[index] if len(come) == len(gone) else _nearest(demand, come)
        relation = compare(demand, replacement) if replacement else "gone"
        where = f"`{name}`, line {demand.line} of the old version: `{demand.text}`"
        if relation == "looser" and replacement:
            yield found("assertion_loosened", path, f"{where} became `{replacement.text}`")
        elif relation == "other" and replacement:
            yield found("assertion_changed", path, f"{where} became `{replacement.text}`")
        elif relation == "gone":
            yield found("assertion_removed", path, f"{where} is gone")


def _nearest(demand: Assertion, candidates: Sequence[Assertion]) -> Assertion | None:
    return next((other for other in candidates if compare(demand, other) in {"looser", "stronger", "same"}), None)
