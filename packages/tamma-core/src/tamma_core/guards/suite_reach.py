"""Find what reaches beyond the tests that a change brings: into other files, or over the whole run."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tamma_core.domain.guard import Finding
from tamma_core.guards.early_effects import early_effect, sets_elsewhere
from tamma_core.guards.languages import Language
from tamma_core.guards.policy import found, printable
from tamma_core.guards.suite_changes import Sides, reopens
from tamma_core.guards.suite_units import Unit, called
from tamma_core.guards.syntax import Part
from tamma_core.guards.test_words import FOCUS

_ENDS_RUN = re.compile(
    r"(?:\w+\.)*process\.(?:exit|abort|reallyExit|kill)|Deno\.exit|os\.Exit|syscall\.Exit|System\.(?:exit|halt)|Runtime\.\w+\.halt|(?:std\.)?(?:exit|_exit|_Exit|"
    r"quick_exit|abort|terminate)|(?:Kernel\.|Process\.)?exit!?|(?:\w+\.)*Environment\.(?:Exit|FailFast)|die"
)
_EXIT_NODES = frozenset({"exit_statement"})


def reach_findings(old: Sequence[Unit], new: Sequence[Unit], sides: Sides) -> Iterator[Finding]:
    """Speak up about what a version does to the run, and, of a new file, to others."""
    fresh = _ends(new, sides) - _ends(old, sides)
    for call in sorted(fresh):
        yield found("test_skipped", sides.path, f"`{printable(call)}` may end the whole run")
    if old:
        return
    for unit in new:
        yield from _reaches(unit, sides)


def _ends(units: Sequence[Unit], sides: Sides) -> Counter[str]:
    parts = (part for unit in units for part in unit.part.walk())
    return Counter(part.brief for part in parts if _ends_run(part, sides))


def _ends_run(part: Part, sides: Sides) -> bool:
    return part.kind in _EXIT_NODES or (
        part.kind in sides.language.calls and _ENDS_RUN.fullmatch(".".join(called(part))) is not None
    )


def _reaches(unit: Unit, sides: Sides) -> Iterator[Finding]:
    where = f"line {unit.line}"
    if any(FOCUS.search(inner.head_text) for inner in unit.inside() if inner.kind in {"suite", "test"}):
        yield found("test_skipped", sides.path, f"{where} singles tests out, so that all others are left out")
    if reopens(unit, sides.language):
        reason = f"{where}: `{printable(unit.name)}` may change a class or module that is there already"
        yield found("test_support_changed", sides.path, reason)
    if unit.kind == "statement" and sets_elsewhere(unit.part):
        reason = f"{where} changes something outside the test file when it is loaded"
        yield found("test_support_changed", sides.path, reason)
    early = early_effect(unit, sides.language, sides.new_functions) if sides.language.outreach.pattern != "(?!)" else ""
    if early and unit.kind == "support":
        reason = f"{where}: `{printable(early)}` works before the tests of other files run"
        yield found("test_support_changed", sides.path, reason)
    for inner in unit.inside():
        if inner.kind in {"hook", "import"} and _is_outreach(inner, sides.language):
            reason = (
                f"line {inner.line}: `{printable(inner.name or inner.part.brief)}` now works in other test files too"
            )
            yield found("test_support_changed", sides.path, reason)


def _is_outreach(unit: Unit, language: Language) -> bool:
    if unit.kind == "import":
        return language.outreach.fullmatch(unit.part.text) is not None
    words = (unit.name, *(piece.text for part in unit.head for piece in (part, *part.parts)))
    return any(language.outreach.fullmatch(word) for word in words)
