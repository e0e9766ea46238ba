"""Find what a new unit does when the file is loaded, before any test runs."""

import re

from tamma_core.guards.languages import Language
from tamma_core.guards.suite_units import Unit, called
from tamma_core.guards.syntax import Part

_HOISTED_MOCK = re.compile(r"(?:vi|jest)\.(?:mock|doMock|setMock|unmock|unstable_mockModule)")
_GLOBAL = re.compile(
    r"(?:global|globalThis|window|process|console|Object|Array|String|Number|Date|Math|JSON|Promise|expect|assert)\b.*|.*\.prototype\b.*",
    re.DOTALL,
)
_OWN = re.compile(r"(?:module|exports|self|this|@?[\w$]*(?:ctx|context))\b.*", re.DOTALL)
_MEMBERS = frozenset(
    {"member_expression", "subscript_expression", "selector_expression", "call", "element_reference", "field_access"}
)
_FUNCTION = re.compile(r".*func_literal.*|.*function.*|.*lambda.*|arrow_function")


def early_effect(unit: Unit, language: Language, new_functions: frozenset[str]) -> str:
    """Answer the code of a new unit that works on its own when it is loaded, or nothing."""
    parts = list(unit.part.walk())
    for part in parts:
        mocks = part.kind in language.calls and _HOISTED_MOCK.fullmatch(".".join(called(part)))
        if mocks or (_target(part) and _GLOBAL.fullmatch(_target(part))):
            return part.brief
    if unit.kind == "suite":
        held = (inner for inner in unit.inside() if inner.kind == "statement")
        return next(
            (inner.part.brief for inner in held if "static" in inner.part.kind or sets_elsewhere(inner.part)), ""
        )
    if unit.kind == "support" and not unit.body:
        return next(
            (part.brief for part in parts if part.kind in language.calls and _runs_new(part, new_functions)), ""
        )
    return ""


def sets_elsewhere(part: Part) -> bool:
    """Tell whether a piece of code gives a value to something that belongs to another object."""
    return any(target and not _OWN.match(target) for target in map(_target, part.walk()))


def _target(part: Part) -> str:
    left = part.child("left") if "assignment" in part.kind else None
    inner = left.parts[0] if left is not None and left.kind == "expression_list" and len(left.parts) == 1 else left
    return inner.text if inner is not None and inner.kind in _MEMBERS else ""


def _runs_new(call: Part, new_functions: frozenset[str]) -> bool:
    """Tell whether a call runs a function written in place, or one that came with it."""
    callee = call.child("function")
    at_once = callee is not None and any(_FUNCTION.fullmatch(piece.kind) for piece in (callee, *callee.parts))
    names = called(call)
    return at_once or (bool(names) and names[-1] in new_functions)
