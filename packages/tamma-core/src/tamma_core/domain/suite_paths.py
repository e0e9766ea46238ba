"""Tell tests from other files by their paths, as the collectors of the common runners do."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "testdata", "__snapshots__"})
# Below what holds sources these are parts of the program: helpers that it ships, the reader of a specification.
_EITHER = frozenset({"spec", "specs"})
_SOURCES = frozenset({"src", "lib", "internal", "pkg"})
_PYTHON = re.compile(r"test_.*\.pyi?|.*_tests?\.py|tests?\.py|conftest\.py")
_SCRIPT = re.compile(r".*[._-](test|spec|cy|e2e)\.[cm]?[jt]sx?|test[-_.].*\.[cm]?[jt]sx?|test\.[cm]?[jt]sx?")
_OTHER = re.compile(
    r".*_test\.(go|cc|cpp|c|dart|exs|lua|ml|rs|zig|sh)|tests\.rs|.*_spec\.rb|(spec|rails)_helper\.rb|.*_test\.rb|test_.*\.(rb|c|cc|cpp|sh|lua|r)|"
    r".*tests?\.(java|kt|kts|scala|cs|vb|fs|php|swift|groovy)|.*spec\.(scala|groovy|kt|php|lua|hs)|.*\.(t|bats|feature|snap)"
)
# What the sentences of features mean, which is the whole of such a test.
_STEPS = re.compile(
    r"(?:.*/)?(?:features/(?:steps|support)/|step_?def(?:inition)?s?/).*|(?:.*/)?features/environment\.py"
)
_CODE = re.compile(
    r".*\.(py|pyi|[cm]?[jt]sx?|go|rs|rb|java|kt|kts|scala|groovy|cs|vb|fs|php|swift|c|cc|cpp|h|hpp|dart|exs|ex|lua|ml|"
    r"zig|sh|hs|r|t|bats|feature|vue|svelte|pl|pm|jl|clj|el)"
)


def is_test_path(path: str) -> bool:
    """Tell whether a file holds tests or what tests read, by its name or a folder above it."""
    parts = PurePosixPath(path.casefold()).parts
    if not parts:
        return False
    placed = bool(_TEST_FOLDERS.intersection(parts[:-1])) or _STEPS.fullmatch("/".join(parts)) is not None
    return placed or _is_placed_outside_sources(parts[:-1]) or is_test_name(parts[-1])


def _is_placed_outside_sources(folders: Sequence[str]) -> bool:
    """Tell of a folder that either tests or sources may have: `testing` is a package of a program unless it stands at the top."""
    at = next((i for i, folder in enumerate(folders) if folder in _EITHER), None)
    return folders[:1] == ("testing",) or (at is not None and not _SOURCES.intersection(folders[:at]))


def is_test_name(name: str) -> bool:
    """Tell whether a file's own name makes a collector look into it."""
    return any(pattern.fullmatch(name.casefold()) for pattern in (_PYTHON, _SCRIPT, _OTHER))


def is_code(path: str) -> bool:
    """Tell whether a file's ending names a programming language."""
    return _CODE.fullmatch(PurePosixPath(path.casefold()).name) is not None
