"""Compare the tests of two trees in every language that has a grammar here; where it has none, ask a person."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.domain.record import Record
from tamma_core.domain.suite_paths import is_code, is_test_name, is_test_path
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.languages import Language, language_of
from tamma_core.guards.policy import found
from tamma_core.guards.suite_changes import Sides, unit_findings
from tamma_core.guards.suite_imports import import_findings
from tamma_core.guards.suite_reach import reach_findings
from tamma_core.guards.suite_units import Unit, units_in
from tamma_core.guards.syntax import Tree, Unreadable, parse
from tamma_core.guards.test_words import SKIP

_BY_NAME = re.compile(r"snapshot|golden|approv|cassette", re.IGNORECASE)
_MOST_UNREAD = 20
"""A person is asked by then, and each takes a second."""
_PYTHON = re.compile(r".*\.pyi?", re.IGNORECASE)


class _Pair(Record, frozen=True, eq=False):
    file: FileVersions
    language: Language
    trees: tuple[Tree, Tree]
    old: tuple[Unit, ...]
    new: tuple[Unit, ...]


def tree_findings(files: Sequence[FileVersions]) -> Iterator[Finding]:
    """Compare each test file that is no Python with what it was, and look for removed tests in the whole change."""
    pairs: list[_Pair] = []
    unread = 0
    for file in files:
        if _PYTHON.fullmatch(file.path) or file.before == file.after or unread == _MOST_UNREAD:
            continue
        try:
            pair = _read(file)
        except Unreadable as why:
            unread += 1
            yield found("test_unreadable", file.path, f"whether it holds tests cannot be told, since {why}")
            continue
        if pair is not None:
            pairs.append(pair)
        elif _is_test_code(file) and file.change.kind in {"modified", "renamed", "type_changed"}:
            yield found("test_unreadable", file.path, "there is no grammar for it here, or it could not be read")
    arrived = _arrived(pairs)
    for pair in pairs:
        yield from _compare(pair, arrived)


def _is_test_code(file: FileVersions) -> bool:
    return (is_test_path(file.path) or is_test_path(file.old_path)) and is_code(file.old_path)


def _read(file: FileVersions) -> _Pair | None:
    language = language_of(file.path)
    texts = [text for text in (file.old_text, file.new_text) if text is not None]
    if language is None or language_of(file.old_path) is not language or not texts:
        return None
    old, new = (parse(language, text or "") for text in (file.old_text, file.new_text))
    if old is None or new is None or (file.before is not None and file.old_text is None):
        return None
    sides = [units_in(tree.root.parts, language) for tree in (old, new)]
    if not (is_test_path(file.path) or is_test_path(file.old_path)):
        sides = [_own_tests(units, language) for units in sides]
    return _Pair(file, language, (old, new), sides[0], sides[1])


def _own_tests(units: tuple[Unit, ...], language: Language) -> tuple[Unit, ...]:
    """Answer what belongs to tests in a file that does not say so by its name."""
    inline = tuple(unit for unit in units if any(language.inline.fullmatch(part.text) for part in unit.head))
    if language.inline.pattern != "(?!)":
        return inline
    return units if any(_is_certain(unit, language) for top in units for unit in top.inside()) else ()


def _is_certain(unit: Unit, language: Language) -> bool:
    if unit.kind != "test":
        return False
    called = unit.part.kind not in language.functions or unit.name.partition("(")[0].isupper()
    texts = [piece.text for part in unit.head for piece in (part, *part.parts)]
    return called or any(language.test_mark.fullmatch(text) for text in texts)


def _arrived(pairs: Sequence[_Pair]) -> Counter[bytes]:
    """Count the tests that are new somewhere, where removed ones may have moved to."""
    total: Counter[bytes] = Counter()
    for pair in pairs:
        before, after = (
            Counter((unit.name, unit.content_key) for unit in _running(units)) for units in (pair.old, pair.new)
        )
        if is_test_name(pair.file.name) or before:
            total += Counter(content for _, content in (after - before).elements())
    return total


def _running(units: Sequence[Unit]) -> Iterator[Unit]:
    for unit in units:
        if SKIP.search(unit.head_text) and unit.kind in {"suite", "test"} and not unit.part.kind.startswith("mod"):
            continue
        # A snapshot is found by the name of its test, so another name means another expectation.
        if unit.kind == "test" and not _BY_NAME.search(unit.part.text):
            yield unit
        yield from _running(unit.units)


def _compare(pair: _Pair, arrived: Counter[bytes]) -> Iterator[Finding]:
    path, change = pair.file.path, pair.file.change
    old, new = pair.trees
    sides = Sides(
        path=path,
        language=pair.language,
        old_names=old.names,
        new_names=new.names,
        new_keys=frozenset(unit.key for top in pair.new for unit in top.inside()),
        new_functions=_functions(pair.new, pair.language) - _functions(pair.old, pair.language),
        arrived=arrived,
    )
    yield from reach_findings(pair.old, pair.new, sides)
    if change.kind == "added":
        return
    if not new.sound and old.sound and (pair.old or pair.new):
        yield found("test_unreadable", path, f"it is no valid {pair.language.name} any more")
        return
    if change.kind == "deleted" and is_test_path(path):
        # The whole file is spoken about by its name, unless its tests went elsewhere.
        return
    yield from import_findings(pair.old, pair.new, sides)
    yield from unit_findings(pair.old, pair.new, sides)


def _functions(units: Sequence[Unit], language: Language) -> frozenset[str]:
    inside = (unit for top in units for unit in top.inside())
    return frozenset(unit.name for unit in inside if unit.part.kind in language.functions)
