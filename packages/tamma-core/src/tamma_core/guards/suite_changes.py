"""Compare the units of two versions of a test file: what is gone, what came, what became something else."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.domain.record import Record
from tamma_core.guards.demands import demands_in, lost, ways_out
from tamma_core.guards.early_effects import early_effect
from tamma_core.guards.growth import body_grew, table_grew
from tamma_core.guards.languages import Language
from tamma_core.guards.policy import found, printable
from tamma_core.guards.suite_units import Unit, declared
from tamma_core.guards.syntax import Part
from tamma_core.guards.test_words import FOCUS, ROWS, SKIP

_SUITE_CLASS = re.compile(r"Test|Spec|Case|Error|Exception|Struct")


class Sides(Record, frozen=True, eq=False):
    """Hold what the comparison of one file has to know about both versions and about the rest of the change."""

    path: str
    language: Language
    old_names: frozenset[str]
    new_names: frozenset[str]
    new_keys: frozenset[bytes]
    new_functions: frozenset[str]
    """Functions that only the new version defines."""
    arrived: Counter[bytes]
    """Contents of tests that are new somewhere in the change; each answers for one that is gone."""


def unit_findings(old: Sequence[Unit], new: Sequence[Unit], sides: Sides) -> Iterator[Finding]:
    """Compare two sequences of units, each with the one of its name."""
    pairs, gone, come = _paired(old, new)
    for before, after in pairs:
        if before.key != after.key:
            yield from _changed(before, after, sides)
    for unit in gone:
        yield from _gone(unit, sides)
    names = Counter(unit.name for unit in new if unit.part.kind in sides.language.functions)
    for unit in come:
        yield from new_findings(unit, sides)
        if sides.language.later_wins and unit.kind == "test" and names[unit.name] > 1:
            yield found(
                "test_removed", sides.path, f"`{_shown(unit)}` is defined twice, so that only the last one counts"
            )


def new_findings(unit: Unit, sides: Sides) -> Iterator[Finding]:
    """Judge a unit that came to an existing file."""
    where = f"line {unit.line}"
    if FOCUS.search(unit.head_text):
        yield found("test_skipped", sides.path, f"{where} singles tests out, so that all others are left out")
    elif early := early_effect(unit, sides.language, sides.new_functions):
        yield found(
            "test_support_changed", sides.path, f"{where}: `{printable(early)}` works before the existing tests run"
        )
    elif unit.kind == "suite" and unit.part.kind.startswith(("preproc", "namespace", "linkage", "template")):
        yield from (finding for inner in unit.units for finding in new_findings(inner, sides))
    elif reopens(unit, sides.language):
        yield found("test_support_changed", sides.path, f"{where} may change `{_shown(unit)}`, which is there already")
    elif unit.kind == "suite" and unit.part.kind in sides.language.suites and unit.name in sides.old_names:
        yield found("test_support_changed", sides.path, f"{where} gives `{_shown(unit)}` a new meaning")
    elif unit.kind == "hook":
        yield found("test_support_changed", sides.path, f"{where}: `{_shown(unit)}` now runs with the existing tests")
    elif unit.kind == "support":
        yield from _new_support(unit, sides)
    elif unit.kind == "statement":
        skips = SKIP.search(unit.head_text[:2000]) or any(ways_out([unit.part], sides.language))
        rule = "test_skipped" if skips else "test_support_changed"
        yield found(
            rule, sides.path, f"{where}: `{printable(unit.part.brief)}` runs when the existing tests are loaded"
        )


def reopens(unit: Unit, language: Language) -> bool:
    """Tell whether a class or module may be one that exists, and is changed by being written again."""
    if not language.reopens or unit.kind != "suite":
        return False
    parent = unit.part.child("superclass")
    direct = any(inner.kind in {"support", "hook", "statement"} for inner in unit.units)
    return direct and unit.part.kind in {"class", "module"} and not (parent and _SUITE_CLASS.search(parent.text))


def _new_support(unit: Unit, sides: Sides) -> Iterator[Finding]:
    taken = sorted({*_names(unit)} & sides.old_names)
    if taken:
        yield found("test_support_changed", sides.path, f"line {unit.line} gives `{printable(taken[0])}` a new meaning")
    elif "override" in unit.head_text.casefold():
        yield found(
            "test_support_changed", sides.path, f"line {unit.line}: `{_shown(unit)}` replaces what the tests inherit"
        )


def _names(unit: Unit) -> set[str]:
    return {unit.name} if unit.body else {unit.name} | declared(unit.part)


def _paired(old: Sequence[Unit], new: Sequence[Unit]) -> tuple[list[tuple[Unit, Unit]], list[Unit], list[Unit]]:
    """Match units by content, then by kind and name; imports are compared for the file as a whole."""
    before, after = ([unit for unit in units if unit.kind != "import"] for units in (old, new))
    _, gone, come = _matched(before, after, lambda unit: unit.key)
    named, nameless = ([u for u in gone if bool(u.name) is wanted] for wanted in (True, False))
    pairs, gone, come = _matched(named, come, lambda unit: (unit.kind, unit.name))
    return pairs, [*gone, *nameless], come


def _matched(
    old: Sequence[Unit], new: Sequence[Unit], key: Callable[[Unit], Hashable]
) -> tuple[list[tuple[Unit, Unit]], list[Unit], list[Unit]]:
    waiting: dict[Hashable, deque[Unit]] = defaultdict(deque)
    for unit in new:
        waiting[key(unit)].append(unit)
    pairs: list[tuple[Unit, Unit]] = []
    gone: list[Unit] = []
    for unit in old:
        heirs = waiting[key(unit)]
        if heirs:
            pairs.append((unit, heirs.popleft()))
        else:
            gone.append(unit)
    taken = {id(heir) for _, heir in pairs}
    return pairs, gone, [unit for unit in new if id(unit) not in taken]


def _gone(unit: Unit, sides: Sides) -> Iterator[Finding]:
    if unit.kind == "suite":
        if "namespace" in unit.part.kind:
            reason = f"`{_shown(unit)}` is gone, so that names may mean other things"
            yield found("test_support_changed", sides.path, reason)
        yield from (finding for inner in unit.units if inner.kind != "import" for finding in _gone(inner, sides))
    elif unit.kind == "test":
        if sides.arrived[unit.content_key] > 0:
            sides.arrived[unit.content_key] -= 1
        else:
            yield found("test_removed", sides.path, f"the test `{_shown(unit)}` was removed or renamed")
    elif unit.key in sides.new_keys:
        return
    elif any(demands_in((unit.part,), sides.language)) and not unit.name:
        yield found(
            "assertion_removed", sides.path, f"line {unit.line} of the old version, which demands something, is gone"
        )
    elif unit.kind != "support" or unit.name in sides.new_names or (unit.head[:1] != (unit.part,) and _is_marked(unit)):
        yield found("test_support_changed", sides.path, f"line {unit.line} of the old version is gone or changed")


def _is_marked(unit: Unit) -> bool:
    return any(part.kind in {"comment", "modifiers"} or part.text.startswith(("@", "[", "#[")) for part in unit.head)


def _changed(old: Unit, new: Unit, sides: Sides) -> Iterator[Finding]:
    yield from _head_findings(old, new, sides)
    if old.kind == "suite":
        yield from unit_findings(old.units, new.units, sides)
    elif old.kind == "test":
        if not body_grew(old.body, new.body, sides.language):
            yield from _body_findings(old, new, sides, "test_changed")
    elif not (old.kind == "support" and not old.body and _same_marks(old, new) and table_grew(old.part, new.part)):
        yield from _body_findings(old, new, sides, "test_support_changed")


def _head_findings(old: Unit, new: Unit, sides: Sides) -> Iterator[Finding]:
    if old.head[-1:] == (old.part,):
        return  # the whole statement is compared as a body
    before, after = Counter(part.key for part in old.head), Counter(part.key for part in new.head)
    come = [part for part in new.head if part.key in after - before]
    gone = [part for part in old.head if part.key in before - after]
    if gone or not all(ROWS.fullmatch(part.text) for part in come):
        words = f"{printable(' '.join(' '.join(part.text for part in come).split()))[:80]}"
        skips = any(SKIP.search(part.text) or FOCUS.search(part.text) for part in come)
        rule = "test_skipped" if skips else "test_changed" if old.kind == "test" else "test_support_changed"
        yield found(rule, sides.path, f"what stands round `{_shown(old)}` was changed: `{words}`")


def _body_findings(old: Unit, new: Unit, sides: Sides, rule: str) -> Iterator[Finding]:
    before, after = _code(old), _code(new)
    said = False
    fresh = Counter(ways_out(after, sides.language)) - Counter(ways_out(before, sides.language))
    for way in sorted(fresh):
        said = True
        yield found("test_skipped", sides.path, f"`{_shown(old)}` may now end without failing, by {printable(way)}")
    for item in lost(before, after, sides.language):
        said = True
        what = {"gone": "assertion_removed", "looser": "assertion_loosened", "other": "assertion_changed"}[
            item.relation
        ]
        became = f"became `{printable(item.replacement.part.brief)}`" if item.replacement else "is gone"
        demand = f"line {item.demand.part.line} of the old version: `{printable(item.demand.part.brief)}`"
        yield found(what, sides.path, f"`{_shown(old)}`, {demand} {became}")
    if not said and b"".join(part.key for part in before) != b"".join(part.key for part in after):
        yield found(rule, sides.path, f"line {new.line}: existing lines of `{_shown(old)}` were changed")


def _code(unit: Unit) -> tuple[Part, ...]:
    return unit.body or (unit.head if unit.head[-1:] == (unit.part,) else ())


def _same_marks(old: Unit, new: Unit) -> bool:
    return [part.key for part in old.head[:-1]] == [part.key for part in new.head[:-1]]


def _shown(unit: Unit) -> str:
    return printable(unit.name)[:100]
