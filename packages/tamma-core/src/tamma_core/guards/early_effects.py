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
_DEFINE = re.compile(r"(?:Object|Reflect)\.(?:assign|definePropert(?:y|ies)|setPrototypeOf|set|deleteProperty)")
# What frameworks of Go register tests with, and what asks the compiler whether a type fits.
_REGISTERS = re.compile(r"[FPX]?(?:Describe|Context|When|It|Specify|DescribeTable|DescribeTableSubtree)|Suite|new")
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
        defines = part.kind in language.calls and _DEFINE.fullmatch(".".join(called(part)))
        if (
            mocks
            or (defines and _GLOBAL.match(_first_argument(part)))
            or (_target(part) and _GLOBAL.fullmatch(_target(part)))
        ):
            return part.brief
    if unit.kind == "suite":
        held = (inner for inner in unit.inside() if inner.kind == "statement")
        return next(
            (inner.part.brief for inner in held if "static" in inner.part.kind or sets_elsewhere(inner.part)), ""
        )
    if unit.kind == "support" and not unit.body:
        calls = [part for part in parts if part.kind in language.calls]
        if calls and _is_discarded(unit) and not _registers(calls[0]):
            return calls[0].brief
        return next((part.brief for part in calls if _runs_new(part, new_functions)), "")
    return ""


def sets_elsewhere(part: Part) -> bool:
    """Tell whether a piece of code gives a value to something that belongs to another object."""
    return any(target and not _OWN.match(target) for target in map(_target, part.walk()))


def _first_argument(call: Part) -> str:
    listed = call.child("arguments")
    return next((part.text for part in listed.parts if part.text != "("), "") if listed is not None else ""


def _is_discarded(unit: Unit) -> bool:
    """Tell whether a value is worked out and given no name, as in `var _ = enable()`."""
    return any(part.kind == "var_spec" and part.parts[:1] and part.parts[0].text == "_" for part in unit.part.walk())


def _registers(call: Part) -> bool:
    names, listed = called(call), call.child("arguments")
    converts = listed is not None and listed.text == "(nil)"
    return converts or (bool(names) and _REGISTERS.fullmatch(names[-1]) is not None)


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
