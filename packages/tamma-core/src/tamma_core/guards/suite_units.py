"""Cut a test file into its units: suites, tests, hooks, support, imports, and statements that run when it is loaded."""

from collections.abc import Iterator, Sequence
from typing import Literal

from tamma_core.domain.record import Record
from tamma_core.guards.languages import Language
from tamma_core.guards.syntax import Part, is_name

UnitKind = Literal["suite", "test", "hook", "support", "import", "statement"]

_WRAPPERS = frozenset(
    {
        "expression_statement",
        "export_statement",
        "global_statement",
        "macro_invocation_statement",
        "attributed_statement",
        "await_expression",
    }
)
_BODIES = frozenset({"body", "block", "consequence"})
_FUNCTION_VALUES = frozenset(
    {"function_expression", "arrow_function", "function", "anonymous_function", "anonymous_function_creation_expression", "func_literal", "do_block",
     "block", "lambda", "closure_expression", "lambda_expression"}
)  # fmt: skip
_TYPES = frozenset(
    {"type", "returns", "return_type", "superclass", "value", "initializer", "default_value", "right", "body", "bases"}
)
_LITERALS = frozenset(
    {
        "string",
        "string_literal",
        "template_string",
        "encapsed_string",
        "interpreted_string_literal",
        "raw_string_literal",
    }
)


class Unit(Record, frozen=True, eq=False):
    """Hold one unit: its name, what stands round its body, its statements or its own units."""

    kind: UnitKind
    name: str
    part: Part
    head: tuple[Part, ...]
    body: tuple[Part, ...] = ()
    units: tuple["Unit", ...] = ()

    @property
    def key(self) -> bytes:
        """Answer what is the same for units that mean the same."""
        return b"".join(part.key for part in (*self.head, self.part, *self.body))

    @property
    def content_key(self) -> bytes:
        """Answer what is the same for units that differ in nothing but their name."""
        return b"".join(part.key for part in (*self.head, *self.body)) + b"/" + bytes(len(self.head))

    @property
    def head_text(self) -> str:
        """Write what stands round the body."""
        return " ".join(part.text for part in self.head)

    @property
    def line(self) -> int:
        """Answer where the unit begins."""
        return self.part.line

    def inside(self) -> Iterator["Unit"]:
        """Yield this unit and all below it."""
        yield self
        for unit in self.units:
            yield from unit.inside()


def units_in(parts: Sequence[Part], language: Language) -> tuple[Unit, ...]:
    """Cut a sequence of parts into units; marks belong to what follows them."""
    found: list[Unit] = []
    marks: list[Part] = []
    rest = list(parts)
    while rest:
        part = rest.pop(0)
        if part.kind in language.marks or part.kind == "comment":
            marks.append(part)
        elif part.kind == part.text or not part.text.strip():
            continue  # a keyword or a bracket
        else:
            block = rest.pop(0) if _is_macro_test(part, rest, language) else None
            unit = _unit(part, tuple(marks), language, block)
            if unit.kind == "import":
                found.extend(Unit("statement", "", mark, (mark,)) for mark in marks)
            found.append(unit)
            marks = []
    return (*found, *(Unit("statement", "", mark, (mark,)) for mark in marks))


def declared(part: Part) -> set[str]:
    """Answer the names that a definition may give a meaning; what it is made from does not count."""
    if is_name(part):
        return {part.text}
    own = [child for child in part.parts if child.field not in _TYPES and "modifier" not in child.kind]
    return set().union(*(declared(child) for child in own)) if own else set()


def called(part: Part) -> tuple[str, ...]:
    """Answer the names along a call: `expect(x).not.toBe(3)` is called by `expect`, `not` and `toBe`."""
    callee = (
        part.child("function")
        or part.child("macro")
        or part.child("method")
        or part.child("name")
        or part.child("type")
    )
    names: list[str] = []
    for piece in (part.child("object"), part.child("receiver"), part.child("scope"), callee):
        names.extend(_chain(piece))
    return tuple(names)


def _chain(piece: Part | None) -> Iterator[str]:
    if piece is None or piece.kind in _FUNCTION_VALUES:
        return
    if is_name(piece) or not piece.parts:
        yield piece.text
    for child in piece.parts:
        if (
            child.field not in {"arguments", "block", "value"}
            and "argument" not in child.kind
            and child.text not in {".", "::", "->", "?."}
        ):
            yield from _chain(child)


def _is_macro_test(part: Part, rest: list[Part], language: Language) -> bool:
    call = _call_in(part, language)
    return (
        call is not None
        and bool(rest)
        and rest[0].kind == "compound_statement"
        and bool(language.test_call.match(_callee(call)))
    )


def _unit(part: Part, marks: tuple[Part, ...], language: Language, block: Part | None) -> Unit:
    inner = _unwrapped(part)
    if inner.kind in language.imports or language.import_text.fullmatch(part.text):
        return Unit("import", "", part, ())
    if inner.kind in language.suites:
        return _suite(inner, marks, language)
    if inner.kind in language.functions:
        return _function(inner, (*marks, *_others(part, inner)), language)
    call = _call_in(part, language)
    if call is not None:
        unit = _call_unit(part, call, marks, language, block)
        if unit is not None:
            return unit
    kind: UnitKind = "support" if inner.kind in language.definitions else "statement"
    name = next(iter(sorted(declared(inner))), "") if kind == "support" else ""
    return Unit(kind, name, part, (*marks, part))


def _unwrapped(part: Part) -> Part:
    inner = part.child("declaration") or part.child("value") if part.kind == "export_statement" else None
    return inner or part


def _others(part: Part, inner: Part) -> tuple[Part, ...]:
    return tuple(child for child in part.parts if child is not inner) if part is not inner else ()


def _suite(part: Part, marks: tuple[Part, ...], language: Language) -> Unit:
    body = next((child for child in part.parts if child.field in _BODIES), None)
    name = part.child("name") or part.child("condition")
    held = body.parts if body is not None else ()
    head = [child for child in part.parts if child is not body]
    if body is None:
        # A branch of the preprocessor and a namespace of a whole file list their units beside their head.
        held = tuple(child for child in head if child.field not in {"name", "condition", "alternative"} and child.parts)
        held += tuple(child for child in head if child.field == "alternative")
        head = [child for child in head if child not in held]
    return Unit("suite", name.text if name else part.kind, part, (*marks, *head), units=units_in(held, language))


def _function(part: Part, marks: tuple[Part, ...], language: Language) -> Unit:
    body = part.child("body") or next((child for child in part.parts if child.kind == "body_statement"), None)
    named = part.child("name") or part.child("declarator") or part
    name = named.text if named is not part else part.brief
    if "(" in name:
        short = name.partition("(")[0].strip()
        name = name if short.isupper() else short
    head = (*marks, *(child for child in part.parts if child is not body and child is not part.child("name")))
    written = [piece.text for piece in (*marks, *(c for m in part.parts for c in (m, *m.parts)))]
    kind: UnitKind = "support"
    words = (name.rpartition("::")[2], *written)
    if any(pattern.fullmatch(word) for word in words for pattern in (language.hook, language.outreach)):
        kind = "hook"
    elif language.test_name.fullmatch(name.partition("(")[0]) or any(
        language.test_mark.fullmatch(text) for text in written
    ):
        kind = "test"
    return Unit(kind, name, part, head, statements(body))


def statements(body: Part | None) -> tuple[Part, ...]:
    """Answer the statements of a block, or the one expression that stands for it."""
    if body is None:
        return ()
    if body.kind.endswith(("expression", "call")) or not body.parts:
        return (body,)
    lists = {"statement_list", "body_statement"}
    listed = (piece for part in body.parts for piece in (part.parts if part.kind in lists else (part,)))
    return tuple(part for part in listed if part.parts or part.text not in {"{", "}", "do", "end"})


def _call_in(part: Part, language: Language) -> Part | None:
    inner = part
    while inner.kind in _WRAPPERS and inner.parts:
        inner = next((child for child in inner.parts if child.parts), inner.parts[0])
    return inner if inner.kind in language.calls else None


def _callee(call: Part) -> str:
    return ".".join(called(call))


def _call_unit(part: Part, call: Part, marks: tuple[Part, ...], language: Language, block: Part | None) -> Unit | None:
    callee = _callee(call)
    arguments = _arguments(call)
    function = (
        block
        or next((value for value in reversed(arguments) if value.kind in _FUNCTION_VALUES), None)
        or call.child("block")
    )
    title = arguments[0] if arguments and arguments[0] is not function else None
    head = (*marks, *_call_head(call, function, title))
    name = title.text if title is not None else ""
    if language.hook.fullmatch(callee):
        return Unit("hook", callee, part, (*marks, part))
    if function is None:
        pending = language.test_call.fullmatch(callee) and any(value.kind in _LITERALS for value in arguments)
        return Unit("test", name, part, head) if pending else None
    inside = statements(function.child("body") or function)
    if language.suite_call.fullmatch(callee):
        return Unit("suite", name, part, head, units=units_in(inside, language))
    if language.test_call.fullmatch(callee):
        return Unit("test", name, part, head, inside)
    return None


def _arguments(call: Part) -> tuple[Part, ...]:
    listed = call.child("arguments") or next((child for child in call.parts if "argument" in child.kind), None)
    values = listed.parts if listed is not None else ()
    return tuple(
        value.parts[0] if value.kind == "argument" and len(value.parts) == 1 else value
        for value in values
        if value.text not in {"(", ")", ","}
    )


def _call_head(call: Part, function: Part | None, title: Part | None) -> Iterator[Part]:
    """Yield what stands round a test's body: who is called, with which options, and the function's own parameters."""
    for child in call.parts:
        if child is function:
            continue
        if "argument" in child.kind:
            yield from (value for value in _arguments(call) if value is not function and value is not title)
        else:
            yield child
    if function is not None and function.child("body") is not None:
        yield from (child for child in function.parts if child.field != "body")
