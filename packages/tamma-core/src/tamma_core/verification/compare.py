"""Compare what a commit's tests say with what its base's said, over repeated runs."""

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from tamma_core.domain.verification import FailureKind, TestFailure, TestOutcome, problem_kind
from tamma_core.verification.suite import Case, Suite

Cases = Mapping[str, Case]
ALL = "all: "
"""Stands before the reason for which a run speaks against a change with all of its tests."""


def classify(red: Iterable[str], head: Sequence[Cases], base: Sequence[Cases]) -> tuple[TestFailure, ...]:
    """Tell of each failing test whose fault it is; the first run of the head brings the message."""
    return tuple(TestFailure(name, _kind(name, head, base), _message(name, head)) for name in red)


def doubtful(red: Iterable[str], head: Sequence[Cases], base: Sequence[Cases]) -> tuple[str, ...]:
    """Name the tests that came and went on the base, and only failed on the head so far."""
    return tuple(name for name in red if len(_seen(name, base)) > 1 and _seen(name, head) == {True})


def missing(base: Sequence[Cases], head: Cases) -> tuple[str, ...]:
    """Name the tests that every run of the base had and the head has not, or only skips.

    A test that moved to another file under its own name counts as present.
    """
    stable = set(base[0]).intersection(*base[1:]) if base else set()
    arrived = (
        {name for name, case in head.items() if name not in base[0] and case.outcome is not TestOutcome.SKIPPED}
        if base
        else set()
    )
    leaves, ordered = {_leaf(name) for name in arrived}, sorted(arrived)
    lost = []
    for name in sorted(stable):
        was, now = base[0][name], head.get(name)
        if now is None and _leaf(name) not in leaves:
            lost.append(_with_successor(name, ordered))
        elif now is not None and now.outcome is TestOutcome.SKIPPED and was.outcome is not TestOutcome.SKIPPED:
            lost.append(f"{name} (skipped now)")
    return tuple(lost)


def new_tests(base: Cases, head: Cases) -> tuple[str, ...]:
    """Name the tests that only the head has and runs."""
    return tuple(name for name, case in head.items() if name not in base and case.outcome is not TestOutcome.SKIPPED)


def reproduces(new: Sequence[str], base: Cases, overlaid: Suite, written: Sequence[str]) -> bool:
    """Tell whether a new test fails on the old source with these files written over it.

    One that cannot even be loaded there fails too: the run has a problem, or one of these files is red that was not before.
    """
    red = (name for name in overlaid.red if name not in base or not base[name].red)
    broken = bool(overlaid.problem) or any(_may_be_in(written, overlaid.cases[name]) for name in red)
    return any(case.red if (case := overlaid.cases.get(name)) else broken for name in new)


def changed(base: Cases, head: Cases, written: Sequence[str]) -> tuple[str, ...]:
    """Name the tests that passed on both, and are in one of these files or in one that the runner does not tell."""
    return tuple(
        name
        for name, case in head.items()
        if name in base and case.outcome is base[name].outcome is TestOutcome.PASSED and _may_be_in(written, case)
    )


def unsteady(green: Sequence[str], again: Sequence[Cases]) -> tuple[TestFailure, ...]:
    """Name new tests that passed and failed when repeated: a test that the change brings has to pass each time."""
    return tuple(
        TestFailure(name, FailureKind.NEW, f"passed at first, then failed when repeated: {_message(name, again)}")
        for name in green
        if any(cases[name].red for cases in again if name in cases)
    )


def contradicted(base: Cases, head: Cases, restored: Cases) -> tuple[str, ...]:
    """Name the tests that pass on the base and, in its files, not on the change, where they are not red by the change's own files."""
    passed = (name for name, case in base.items() if case.outcome is TestOutcome.PASSED)
    return tuple(
        name
        for name in passed
        if (restored[name].outcome is not TestOutcome.PASSED if name in restored else name in head)
        and not (name in head and head[name].red)
    )


def against(base: Suite, head: Suite, restored: Suite) -> tuple[str, ...]:
    """Name the base's tests that speak against a change, or all with a reason where their run tells nothing.

    What the base itself suffers from is not the change's doing; whether tests that must fail do is looked at in any case.
    """
    same = problem_kind(restored.problem) == problem_kind(base.problem)
    if broken := restored.cannot_fail if same else restored.problem or restored.cannot_fail:
        return (f"{ALL}{broken}",)
    return contradicted(base.cases, head.cases, restored.cases)


def agreed(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Answer what counts of two such runs: what comes and goes does not, be it a test or a problem; a broken one repeats nothing."""
    broken, again = (any(name.startswith(ALL) for name in names) for names in (first, second))
    if broken:
        return tuple(first if again else second)
    return tuple(first) if again else tuple(name for name in first if name in second)


def holding(paths: Iterable[str], cases: Cases) -> tuple[str, ...]:
    """Name those of the paths that a run told to hold a test: an example in a program's own text makes it none."""
    files = {os.path.normpath(case.file) for name, case in cases.items() if case.file and not _is_example(name)}
    # Of the host's paths each end is known, since comparing each with each would take long.
    files |= {file[at + 1 :] for file in files if file[0] == "/" for at, sign in enumerate(file) if sign == "/"}
    return tuple(path for path in paths if path in files)


def not_judged(failures: Iterable[TestFailure], base: Cases) -> tuple[str, ...]:
    """Name old failures that are errors: they broke before their demands were looked at, on the base and now."""
    old = (failure.name for failure in failures if failure.kind is FailureKind.OLD)
    return tuple(name for name in old if name in base and base[name].outcome is TestOutcome.ERROR)


def _may_be_in(written: Sequence[str], case: Case) -> bool:
    # Where nothing is shown at another place, a runner names the host's.
    return not case.file or f"/{os.path.normpath(case.file)}".endswith(tuple(f"/{name}" for name in written))


def _is_example(name: str) -> bool:
    """Tell pytest's name of a docstring: that of a function has no dot before its parameters."""
    classname, mark, function = name.partition("::")
    return "." in function.partition("[")[0] if mark else classname.endswith((".txt", ".rst", ".md"))


def _kind(name: str, head: Sequence[Cases], base: Sequence[Cases]) -> FailureKind:
    """A test that the base sometimes passes and the head never does is not excused by what it did on the base."""
    on_base = _seen(name, base)
    if on_base == {True}:
        return FailureKind.OLD
    return FailureKind.FLAKY if True in on_base and False in _seen(name, head) else FailureKind.NEW


def _seen(name: str, runs: Sequence[Cases]) -> set[bool]:
    return {cases[name].red for cases in runs if name in cases}


def _message(name: str, head: Sequence[Cases]) -> str:
    return next((cases[name].message for cases in head if name in cases and cases[name].red), "")


def _leaf(name: str) -> str:
    """Answer a test's name without the file: class and function of Python, title of JavaScript."""
    for mark in (" > ", "::"):
        if mark in name:
            classname, _, rest = name.partition(mark)
            last = classname.rsplit(".", 1)[-1]
            return f"{last}{mark}{rest}" if mark == "::" and last[:1].isupper() else rest
    return ".".join(name.rsplit(".", 2)[-2:])


def _with_successor(name: str, arrived: Sequence[str]) -> str:
    """Say which test of the same place may have taken the name's; those that arrived are in order."""
    head, mark, _ = name.rpartition("::")
    similar = next(iter(arrived[(at := bisect_left(arrived, f"{head}::")) : at + 1]), "")
    return f"{name} (perhaps now {similar})" if mark and head and similar.startswith(f"{head}::") else name
