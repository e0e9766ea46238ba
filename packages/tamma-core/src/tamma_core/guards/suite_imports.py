"""Compare where the names of a test file come from."""

import re
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.guards.policy import found, printable
from tamma_core.guards.suite_changes import Sides
from tamma_core.guards.suite_units import Unit
from tamma_core.guards.syntax import Part, is_name

_WORD = re.compile(r"[\w$*]+")
_SOURCE = re.compile(r".*string.*")
_PATHS = frozenset({"scoped_identifier", "qualified_name", "namespace_name", "qualified_identifier"})
_SYNTAX = frozenset({"require", "import", "const", "let", "var", "self", "crate", "super"})
_Origins = set[tuple[str, str]]


def import_findings(old: Sequence[Unit], new: Sequence[Unit], sides: Sides) -> Iterator[Finding]:
    """Speak up where a name that the old tests use has another origin, or where loading does things by itself."""
    before, after = _imports(old), _imports(new)
    had, has = ({pair for part in parts for pair in _origins(part)} for parts in (before, after))
    known = {" ".join(part.text.split()) for part in before}
    for part in after:
        text = " ".join(part.text.split())
        if text not in known and sides.language.loading.fullmatch(text):
            yield found(
                "test_support_changed",
                sides.path,
                f"line {part.line}: `{printable(text)[:80]}` runs with the existing tests",
            )
    for name in sorted({name for name, _ in has - had} & sides.old_names):
        yield found("test_support_changed", sides.path, f"an import gives `{printable(name)}` a new meaning")
    missing = {name for name, _ in had} - {name for name, _ in has}
    for name in sorted(missing & sides.new_names):
        yield found("test_support_changed", sides.path, f"`{printable(name)}` is used, and no longer imported")


def _imports(units: Sequence[Unit]) -> list[Part]:
    return [unit.part for top in units for unit in top.inside() if unit.kind == "import"]


def _origins(part: Part) -> _Origins:
    """Answer each name that an import brings, with where it comes from."""
    specs = [piece for piece in part.walk() if piece.kind == "import_spec"]
    if specs:
        return {_of_go(spec) for spec in specs}
    source = next(
        (piece.text.strip("\"'`") for piece in part.walk() if _SOURCE.fullmatch(piece.kind) and not piece.parts), ""
    )
    text = " ".join(part.text.split())
    if source:
        return {(name, f"{source}:{origin}") for name, origin in _named(part) if name not in _SYNTAX}
    if "{" in text:
        prefix = text.partition("{")[0]
        listed = next((piece for piece in part.walk() if piece.kind in {"use_list", "namespace_use_group"}), part)
        return {(name, f"{prefix}{origin}") for name, origin in _named(listed)}
    alias = next((piece.child("alias") for piece in part.walk() if piece.child("alias")), None) or part.child("name")
    name = alias.text if alias is not None else (_WORD.findall(text) or ["*"])[-1]
    return {(name, text)}


def _of_go(spec: Part) -> tuple[str, str]:
    alias, path = spec.child("name"), spec.child("path")
    where = path.text.strip('"`') if path is not None else ""
    return (alias.text if alias is not None else re.sub(r"/v\d+$", "", where).rsplit("/", 1)[-1], where)


def _named(part: Part) -> Iterator[tuple[str, str]]:
    alias = part.child("alias") or (part.child("value") if part.kind == "pair_pattern" else None)
    if alias is not None:
        yield alias.text, part.text
    elif is_name(part):
        yield part.text, part.text
    elif part.kind in _PATHS:
        yield part.text.rsplit("::", 1)[-1].rsplit("\\", 1)[-1], part.text
    else:
        for child in part.parts:
            yield from _named(child)
