"""Find what a piece of a test demands, and how two demands relate."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from tamma_core.domain.record import Record
from tamma_core.guards.languages import Language
from tamma_core.guards.suite_units import called
from tamma_core.guards.syntax import Part, is_name
from tamma_core.guards.test_words import DEMAND, LEAVES, PURE_DEMAND, SETTING, strength_of

Relation = Literal["looser", "other", "gone"]


class Demand(Record, frozen=True, eq=False):
    """Hold one demand: the whole call, and the names along it."""

    part: Part
    names: tuple[str, ...]

    @property
    def arguments(self) -> frozenset[bytes]:
        """Answer what the demand is about, as keys."""
        inner = (part for part in self.part.walk() if "argument" in part.kind or part.kind == "token_tree")
        return frozenset(value.key for listed in inner for value in listed.parts if value.text not in {"(", ")", ","})

    @property
    def strength(self) -> int:
        """Tell how much is demanded."""
        return max((strength_of(name) for name in self.names), default=0)


class Lost(Record, frozen=True):
    """Hold a demand that is there no more, and what stands in its place."""

    demand: Demand
    relation: Relation
    replacement: Demand | None = None


def demands_in(parts: Sequence[Part], language: Language) -> Iterator[Demand]:
    """Yield the demands in some code, each chain of calls once."""
    for part in parts:
        yield from _demands(part, language)


def is_demand(part: Part, language: Language) -> bool:
    """Tell whether a statement does nothing but demand, so that it may stand anywhere."""
    first = next((piece for piece in part.walk() if piece.kind in language.calls), None)
    plain = not any(_may_change(piece) for piece in part.walk())
    names = called(first) if first is not None else ()
    return plain and any(PURE_DEMAND.fullmatch(name) for name in names) and not any(SETTING.fullmatch(n) for n in names)


def lost(old: Sequence[Part], new: Sequence[Part], language: Language) -> Iterator[Lost]:
    """Yield each demand of the old code that the new code has not, with how the new one relates to it."""
    before, after = list(demands_in(old, language)), list(demands_in(new, language))
    missing = Counter(demand.part.key for demand in before) - Counter(demand.part.key for demand in after)
    extra = Counter(demand.part.key for demand in after) - Counter(demand.part.key for demand in before)
    come = [demand for demand in after if extra[demand.part.key] > 0]
    for demand in before:
        if missing[demand.part.key] > 0:
            missing[demand.part.key] -= 1
            replacement = _nearest(demand, come)
            if replacement is None:
                yield Lost(demand, "gone")
            else:
                come.remove(replacement)
                yield Lost(demand, "looser" if _is_looser(demand, replacement) else "other", replacement)


def ways_out(parts: Sequence[Part], language: Language) -> Iterator[str]:
    """Name what ends a test before its demands: returns, skips, swallowed failures, conditions that never hold."""
    for part in (piece for statement in parts for piece in statement.walk()):
        if is_name(part) and part.text in {"skip", "pending", "exit", "next"} and part in parts:
            yield f"`{part.text}`"
        elif (part.kind in {"return_statement", "return_expression", "return"} and part.parts) or (
            part.kind in language.calls and any(LEAVES.fullmatch(name) for name in called(part))
        ):
            yield f"`{part.brief}`"
        elif part.kind in {"try_statement", "begin", "rescue_modifier", "try_expression"} and any(
            demands_in(part.parts, language)
        ):
            yield "`try` around a demand"
        elif part.kind in {
            "if_statement",
            "if_expression",
            "if",
            "while_statement",
            "unless",
            "if_modifier",
            "unless_modifier",
        }:
            condition = part.child("condition")
            if condition is not None and condition.text.strip("() ") in {"false", "0", "nil", "true", "1", "null"}:
                yield f"a condition that is always `{condition.text.strip('() ')}`"


def _demands(part: Part, language: Language) -> Iterator[Demand]:
    names = called(part) if part.kind in language.calls else ()
    if any(DEMAND.fullmatch(name) for name in names):
        yield Demand(part, names)
        below = [
            piece
            for listed in part.parts
            if "argument" in listed.kind or listed.field == "block"
            for piece in listed.parts
        ]
    else:
        below = list(part.parts)
    for piece in below:
        yield from _demands(piece, language)


def _may_change(part: Part) -> bool:
    return "assignment" in part.kind or part.kind in {
        "update_expression",
        "function_expression",
        "arrow_function",
        "func_literal",
        "do_block",
        "block",
        "lambda",
        "method_definition",
        "anonymous_function",
        "lambda_expression",
        "closure_expression",
    }


def _nearest(demand: Demand, candidates: Sequence[Demand]) -> Demand | None:
    alike = [other for other in candidates if demand.arguments & other.arguments]
    return next(iter(alike), None) or (candidates[0] if candidates else None)


def _is_looser(old: Demand, new: Demand) -> bool:
    weaker = 0 < new.strength < old.strength
    return weaker or (bool(old.strength) and len(new.arguments) < len(old.arguments) and new.arguments <= old.arguments)
