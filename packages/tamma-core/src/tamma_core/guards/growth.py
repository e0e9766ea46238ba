"""Tell whether code only grew: all that was demanded is still demanded, and more may have come."""

from collections.abc import Iterable, Sequence

from tamma_core.guards.demands import is_demand
from tamma_core.guards.languages import Language
from tamma_core.guards.suite_units import called, declared, statements
from tamma_core.guards.syntax import Part, is_name
from tamma_core.guards.test_words import FOCUS, SUBTEST, TABLE

_LISTS = frozenset(
    {
        "array",
        "array_expression",
        "array_initializer",
        "array_creation_expression",
        "literal_value",
        "element_value_array_initializer",
    }
)
_ROW = frozenset(
    {"array", "object", "literal_element", "array_element_initializer", "tuple_expression", "struct_expression", "array_initializer", "hash", "string_literal",
     "object_creation_expression", "implicit_object_creation_expression"}
)  # fmt: skip


def body_grew(old: Sequence[Part], new: Sequence[Part], language: Language) -> bool:
    """Tell whether the old statements all stand there in order; between them only demands may have come."""
    waiting = list(old)
    for statement in new:
        if waiting and _statement_grew(waiting[0], statement, language):
            waiting.pop(0)
        elif waiting:
            if not is_demand(statement, language):
                return False
        elif _reaches_back(statement, old, language):
            return False
    return not waiting


def table_grew(old: Part, new: Part) -> bool:
    """Tell whether a definition is the same but for further rows of a table of cases."""
    names = declared(old) or {part.text for part in old.walk() if part.field in {"left", "name"} and not part.parts}
    in_loop = old.kind in {"for_statement", "for_in_statement"}
    return (in_loop or any(TABLE.fullmatch(name) for name in names)) and _rows_grew(old, new)


def _statement_grew(old: Part, new: Part, language: Language) -> bool:
    return old.key == new.key or _subtest_grew(old, new, language) or table_grew(old, new)


def _subtest_grew(old: Part, new: Part, language: Language) -> bool:
    before, after = (next((p for p in part.walk() if p.kind in language.calls), None) for part in (old, new))
    if before is None or after is None or old.kind != new.kind:
        return False
    names = called(before)
    if not names or names != called(after) or not SUBTEST.fullmatch(names[-1]) or FOCUS.search(".".join(names)):
        return False
    return _same_but_body(before, after, language)


def _same_but_body(old: Part, new: Part, language: Language) -> bool:
    """Tell whether two calls differ in nothing but a block that grew."""
    if old.key == new.key:
        return True
    if old.kind != new.kind or old.field != new.field:
        return False
    if old.field == "body" or old.kind in {"do_block", "block"}:
        return body_grew(statements(old), statements(new), language)
    return len(old.parts) == len(new.parts) > 0 and all(
        _same_but_body(a, b, language) for a, b in zip(old.parts, new.parts, strict=True)
    )


def _rows_grew(old: Part, new: Part) -> bool:
    if old.key == new.key:
        return True
    if old.kind != new.kind or old.field != new.field or (old.field == "body" and old.kind not in _LISTS):
        return False
    if old.kind in _LISTS and _are_rows((*old.parts, *new.parts)):
        return _in_order(_values(old), _values(new))
    return len(old.parts) == len(new.parts) > 0 and all(
        _rows_grew(a, b) for a, b in zip(old.parts, new.parts, strict=True)
    )


def _are_rows(parts: Iterable[Part]) -> bool:
    return all(part.kind in _ROW for part in parts if part.parts)


def _values(part: Part) -> list[Part]:
    return [value for value in part.parts if value.kind != value.text]


def _in_order(old: Sequence[Part], new: Sequence[Part]) -> bool:
    keys = iter(part.key for part in new)
    # A row under a name that is there already would replace the other.
    names = [part.parts[0].key for part in new if "=>" in {piece.text for piece in part.parts}]
    return all(part.key in keys for part in old) and len(names) == len(set(names))


def _reaches_back(statement: Part, old: Sequence[Part], language: Language) -> bool:
    """Tell whether a statement after the others works before them, by a name that they use."""
    if statement.kind not in language.hoisted:
        return False
    used = {part.text for earlier in old for part in earlier.walk() if is_name(part)}
    return bool((declared(statement) | {part.text for part in statement.parts if part.field == "name"}) & used)
