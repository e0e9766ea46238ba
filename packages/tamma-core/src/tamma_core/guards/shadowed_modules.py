"""Find new Python modules that take the place of others, which the tests or what runs them may import."""

import ast
import posixpath
import sys
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.path_rules import brings_name
from tamma_core.guards.policy import found, printable

# `test` is a part of the interpreter that nobody imports, and an ordinary name of a folder.
_STANDARD = sys.stdlib_module_names - {"test", "__main__", "__future__"}
# What runs tests, demands things in them, or is under most programs: what else is installed nobody can see in the two trees.
_COMMON = frozenset(
    {"_pytest", "aiohttp", "anyio", "approvaltests", "assertpy", "attr", "attrs", "click", "colorama", "coverage", "dateutil", "ddt", "deepdiff", "dirty_equals",
     "django", "exceptiongroup", "execnet", "expects", "factory", "faker", "fastapi", "flask", "freezegun", "hamcrest", "httpretty", "httpx", "hypothesis",
     "iniconfig", "inline_snapshot", "jinja2", "mock", "nose2", "numpy", "packaging", "pandas", "parameterized", "pluggy", "py", "pydantic", "pygments", "pytest",
     "pytest_asyncio", "pytest_cov", "pytz", "requests", "requests_mock", "respx", "responses", "rich", "scipy", "six", "snapshottest", "sqlalchemy", "starlette",
     "sure", "syrupy", "testfixtures", "testtools", "time_machine", "tomli", "tornado", "trio", "twisted", "typing_extensions", "vcr", "xdist", "yaml", "zope"}
)  # fmt: skip


def shadow_findings(files: Sequence[FileVersions], named: Sequence[str]) -> Iterator[Finding]:
    """Speak up about each new module, importable by its bare name, that a module of the interpreter, a runner or the project's own imports may mean."""
    arrived = [file for file in files if brings_name(file.change) and _module(file.path)]
    if not arrived:
        return
    gone = {file.old_path for file in files if file.change.kind in {"deleted", "renamed"}}
    base = frozenset(named)
    there = (base - gone) | {file.path for file in arrived}
    # What the base imports by its path from a folder that is no package: the folder stays on the path whatever is put into it.
    on_path = {folder for path in base if path.endswith(".py") for folder in _above(path)} - _packages(base)
    known = _STANDARD | _COMMON | {name for file in files for name in _imported(file)}
    for file in arrived:
        folder, name = posixpath.split(_module(file.path))
        inside_package = folder not in on_path and f"{folder}/__init__.py" in there
        if name in known and not inside_package and _is_first(folder, name, base):
            yield found(
                "test_reach",
                file.path,
                f"it takes the place of the module `{printable(name)}` for whoever imports that",
            )


def _module(path: str) -> str:
    """Answer the path by which a file is imported, or nothing."""
    bare, ending = posixpath.splitext(path)
    return "" if ending != ".py" else bare.removesuffix("/__init__")


def _above(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _packages(named: frozenset[str]) -> set[str]:
    return {posixpath.dirname(path) for path in named if posixpath.basename(path) == "__init__.py"}


def _is_first(folder: str, name: str, named: frozenset[str]) -> bool:
    """Tell whether the base has no module of this name at this place."""
    place = posixpath.join(folder, name)
    return f"{place}.py" not in named and f"{place}/__init__.py" not in named


def _imported(file: FileVersions) -> Iterator[str]:
    """Yield the modules that a file imported before the change, by their first names."""
    try:
        tree = ast.parse((file.old_text or "") if file.old_path.endswith(".py") else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
