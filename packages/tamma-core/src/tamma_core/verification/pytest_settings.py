"""Read what pytest's own settings have it collect."""

import posixpath
import shlex
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from tamma_core.domain.record import Record
from tamma_core.domain.suite_paths import is_test_name, is_test_path
from tamma_core.verification.plan import fits
from tamma_core.verification.tree import files_below, read_ini, read_toml, strings, table

_FILES = (
    ("pytest.toml", ("pytest",)),
    (".pytest.toml", ("pytest",)),
    ("pytest.ini", ("pytest",)),
    (".pytest.ini", ("pytest",)),
    ("pyproject.toml", ("tool", "pytest", "ini_options")),
    ("pyproject.toml", ("tool", "pytest")),
    ("tox.ini", ("pytest",)),
    ("setup.cfg", ("tool:pytest",)),
)
"""Where settings stand, in the order in which pytest looks: the first that has some counts."""
_ANY_NAME = "zq.py"


class Collection(Record, frozen=True):
    """Hold names of files, places to look in, and those of them that hold tests above all."""

    patterns: tuple[str, ...] = ()
    look_in: tuple[str, ...] = ()
    test_folders: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Tell whether a file's name is one of tests, to all or by the settings."""
        return is_test_name(posixpath.basename(path)) or fits(path, self.patterns)


def collection_of(tree: Path) -> Collection:
    """Answer what is collected beside files that are called tests; a pattern that fits every name tells none from a program."""
    settings = next((found for name, keys in _FILES if (found := _section(tree, name, keys))), {})
    patterns = tuple(
        form for form in _words(settings.get("python_files")) if not fnmatchcase(_ANY_NAME, posixpath.basename(form))
    )
    places = tuple(map(posixpath.normpath, _words(settings.get("testpaths"))))
    files = [name for name in files_below(tree, ".py") if posixpath.basename(name) != "__init__.py"] if places else []
    folders = tuple(place for place in places if _holds_tests(place, files, patterns))
    return Collection(patterns, places, folders)


def _holds_tests(place: str, files: Sequence[str], patterns: tuple[str, ...]) -> bool:
    inside = [name for name in files if name.startswith(f"{place}/")]
    tests = [name for name in inside if Collection(patterns).holds(name)]
    return not is_test_path(f"{place}/x") and bool(tests) and 2 * len(tests) >= len(inside)


def _section(tree: Path, name: str, keys: tuple[str, ...]) -> Mapping[str, object]:
    if name.endswith(".toml"):
        return table(read_toml(tree, name), *keys)
    return dict(read_ini(tree, name).get(keys[0], {}))


def _words(value: object) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(value)) if isinstance(value, str) else strings(value)
    except ValueError:
        return ()
