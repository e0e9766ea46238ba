"""Tell tests from other files by their paths, as the collectors of the common runners do."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "testdata", "__snapshots__"})
# Whole folders by the name of a suite. The dot is that of .NET's projects; with a dash only the plural is sure, since `tokio-test` is a library.
_TEST_FOLDER = re.compile(
    r".*\.(unit|integration|functional|acceptance)?tests?|.*-tests|tests[_-].*|"
    r"(.*[._-])?(unit|integration|functional|acceptance|system|smoke|regression|e2e|ui)([._-]test|[._-]?tests)"
)
# In the spelling that they have, since `contests` and `src/latest` are none: projects of .NET and Swift, source sets of Gradle and Maven.
_PROJECT = re.compile(r"(?:.*/)?[^/]*[a-z0-9]Tests/.*")
_SOURCE_SET = re.compile(
    r"(?:.*/)?src/(?:it|i?tests?(?:[A-Z_-][\w-]*)?|\w*[a-z0-9]Test[\w-]*|[\w-]+-tests?)/(?:java|kotlin|groovy|scala|resources|cpp)/.*"
)
# Below what holds sources these are parts of the program: helpers that it ships, the reader of a specification, a cipher from end to end.
_EITHER = frozenset({"spec", "specs", "e2e", "cypress"})
_SOURCES = frozenset({"src", "lib", "internal", "pkg"})
_PYTHON = re.compile(r"test_.*\.pyi?|.*_tests?\.py|tests?\.py|conftest\.py")
_SCRIPT = re.compile(r".*[._-](test|spec|cy|e2e)\.[cm]?[jt]sx?|test[-_.].*\.[cm]?[jt]sx?|test\.[cm]?[jt]sx?")
_OTHER = re.compile(
    r".*_test\.(go|dart|exs|lua|ml|zig|sh)|.*_tests?\.rs|tests\.rs|.*_spec\.rb|(spec|rails)_helper\.rb|.*_test\.rb|test_.*\.(rb|sh|lua|r)|"
    r".*tests?\.(java|kt|kts|scala|cs|vb|fs|php|swift|groovy)|.*spec\.(scala|groovy|kt|php|lua|hs)|.*\.(t|bats|feature|snap)"
)
_NATIVE = re.compile(
    r"(?:[^/]*(?:[a-z0-9]Tests?|[_-](?:[Uu]nit)?[Tt]ests?)|[Tt]est[_-][^/]*|(?:[Uu]nit)?[Tt]ests)\.(?:c|cc|cpp|cxx|h|hh|hpp|hxx)"
)
# What the sentences of features mean, which is the whole of such a test.
_STEPS = re.compile(
    r"(?:.*/)?(?:features/(?:steps|support)/|step_?def(?:inition)?s?/).*|(?:.*/)?features/environment\.py"
)
_CODE = re.compile(
    r".*\.(py|pyi|[cm]?[jt]sx?|go|rs|rb|java|kt|kts|scala|groovy|cs|vb|fs|php|swift|c|cc|cpp|cxx|h|hh|hpp|hxx|dart|exs|ex|lua|ml|"
    r"zig|sh|hs|r|t|bats|feature|vue|svelte|pl|pm|jl|clj|el)"
)


def is_test_path(path: str) -> bool:
    """Tell whether a file holds tests or what tests read, by its name or a folder above it."""
    parts = PurePosixPath(path.casefold()).parts
    if not parts:
        return False
    folders = parts[:-1]
    placed = bool(_TEST_FOLDERS.intersection(folders)) or _STEPS.fullmatch("/".join(parts)) is not None
    named = any(map(_TEST_FOLDER.fullmatch, folders)) or any(form.fullmatch(path) for form in (_PROJECT, _SOURCE_SET))
    return placed or named or _is_placed_outside_sources(folders) or is_test_name(PurePosixPath(path).name)


def _is_placed_outside_sources(folders: Sequence[str]) -> bool:
    """Tell of a folder that either tests or sources may have: `testing` is a package of a program unless it stands at the top."""
    at = next((i for i, folder in enumerate(folders) if folder in _EITHER), None)
    return folders[:1] == ("testing",) or (at is not None and not _SOURCES.intersection(folders[:at]))


def is_test_name(name: str) -> bool:
    """Tell whether a file's own name makes a collector look into it."""
    folded = name.casefold()
    return (
        any(pattern.fullmatch(folded) for pattern in (_PYTHON, _SCRIPT, _OTHER)) or _NATIVE.fullmatch(name) is not None
    )


def is_code(path: str) -> bool:
    """Tell whether a file's ending names a programming language."""
    return _CODE.fullmatch(PurePosixPath(path.casefold()).name) is not None
