"""Run one commit against its base as often as it takes to tell whose fault a failure is."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tamma_core.domain.ids import Sha
from tamma_core.domain.verification import CheckResult, TestFailure
from tamma_core.verification.checkout import Checkouts
from tamma_core.verification.compare import (
    ALL,
    Cases,
    against,
    agreed,
    changed,
    classify,
    doubtful,
    holding,
    missing,
    reproduces,
    unsteady,
)
from tamma_core.verification.execution import Execution
from tamma_core.verification.messages import short_message
from tamma_core.verification.overlay import linked_places, overlay_tests, restore_tests
from tamma_core.verification.restoring import Way, too_many, touched_places, touches_tests, ways
from tamma_core.verification.settings import CheckCommand
from tamma_core.verification.suite import Suite

Restore = Callable[[Path], tuple[str, ...]]


class Trial:
    """Hold base and head, and run each time in a fresh checkout."""

    def __init__(
        self, checkouts: Checkouts, execution: Execution, base: Sha, head: Sha, changed: Sequence[str]
    ) -> None:
        self._checkouts = checkouts
        self._execution = execution
        self._base = base
        self._head = head
        self._changed = changed
        self._linked: frozenset[str] = frozenset()
        self._touches_tests = touches_tests(changed, execution.is_test)

    async def suites(self) -> tuple[Suite, Suite]:
        """Run everything once on the base, after a look where links among its tests lead, and once on the head."""
        async with self._checkouts.fresh(self._base) as tree:
            self._linked = await asyncio.to_thread(linked_places, tree, self._execution.is_test)
            base = await self._execution.suite(tree)
        return base, await self._suite(self._head)

    async def failures(self, base: Suite, head: Suite, repeats: int) -> tuple[TestFailure, ...]:
        """Repeat what failed on the head, on both trees, and classify it."""
        if not head.red:
            return ()
        heads, bases = [head.cases], [base.cases]
        for _ in range(repeats):
            heads.append(await self._again(self._head, head, head.red))
            bases.append(await self._again(self._base, base, head.red))
        for _ in range(repeats):
            unclear = doubtful(head.red, heads, bases)
            if not unclear:
                break
            heads.append(await self._again(self._head, head, unclear))
        return classify(head.red, heads, bases)

    async def unsteady(self, head: Suite, new: Sequence[str], repeats: int) -> tuple[TestFailure, ...]:
        """Repeat the new tests that passed; there is no older commit whose fault it could be when one fails."""
        green = [name for name in new if not head.cases[name].red]
        if not green:
            return ()
        return unsteady(green, [await self._again(self._head, head, green) for _ in range(repeats)])

    async def missing(self, base: Suite, head: Suite) -> tuple[str, ...]:
        """Name lost tests; some suites make up names as they go, so that a second run has to agree."""
        if not missing([base.cases], head.cases):
            return ()
        return missing([base.cases, (await self._suite(self._base)).cases], head.cases)

    async def reproduced(self, base: Suite, head: Suite, new: Sequence[str]) -> bool | None:
        """Tell whether a new test fails on the old source with the new tests laid over it.

        Where none is new by name, it may be one of the files laid over that fails there, which passed on the base and passes now: whole
        programs are one test to some runners. None where that cannot be told: no test was changed, or the changed ones pass.
        """
        if not self._touches_tests:
            return None
        async with self._checkouts.fresh(self._base) as old, self._checkouts.fresh(self._head) as fresh:
            written = await asyncio.to_thread(overlay_tests, fresh, old, self._execution.is_test)
            looked_at = (new or changed(base.cases, head.cases, written)) if written else ()
            if not looked_at:
                return None
            overlaid = await self._execution.suite(old, _selectors(head.cases, looked_at))
        if new:
            return reproduces(new, base.cases, overlaid, written)
        return any(name in overlaid.red for name in looked_at) or None

    async def contradicted(self, base: Suite, head: Suite) -> tuple[str, ...]:
        """Name the base's tests that fail on the new source once the change's own files of tests are out of the way.

        Tests share a process and its objects: one that the change brings can make others pass, in more ways than can be read from it.
        """
        touched = self._touched(base)
        judging = tuple(ways(touched, tests=self._touches_tests)) if base.cases else ()
        if not judging:
            return ()
        told: dict[str, str] = {}
        async with self._checkouts.fresh(self._base) as old:
            for way in judging:
                restore = partial(restore_tests, old, is_test=self._execution.is_test, places=way.places)
                for name in await self._contradicted(base, head, restore):
                    told.setdefault(ALL if name.startswith(ALL) else name, way.told(name))
        return (*told.values(), *filter(None, [too_many(touched)]))

    async def check(self, check: CheckCommand) -> CheckResult:
        """Run a check on the head, and on the base if it fails there."""
        async with self._checkouts.fresh(self._head) as tree:
            ended = await self._execution.check(tree, check.command)
        on_base = None if ended.ok else await self._passes_on_base(check)
        output = "" if ended.ok else short_message(f"{ended.text}\n{ended.sentence}")
        shown = " ".join(check.command)
        return CheckResult(name=check.name, command=shown, passed=ended.ok, passed_on_base=on_base, output=output)

    async def _passes_on_base(self, check: CheckCommand) -> bool:
        async with self._checkouts.fresh(self._base) as tree:
            return (await self._execution.check(tree, check.command)).ok

    def _touched(self, base: Suite) -> tuple[Way, ...]:
        """Answer what the change touches of places that may be help for tests, or the source that is on trial.

        Links lead to them, or the runner says that tests are there, though their names do not.
        """
        held = frozenset((*holding(self._changed, base.cases), *self._execution.test_folders))
        places = (*(frozenset({place}) for place in sorted(self._linked)), held)
        return touched_places(self._changed, places, self._execution.is_test)

    async def _contradicted(self, base: Suite, head: Suite, restore: Restore) -> tuple[str, ...]:
        """Run it again where something speaks against the change: what comes and goes does not count, be it a problem of the run."""
        restored = await self._restored(restore)
        if restored is None or not (first := against(base, head, restored)):
            return ()
        # All of it again, as a test may fail in company only.
        again = await self._restored(restore)
        return first if again is None else agreed(first, against(base, head, again))

    async def _restored(self, restore: Restore) -> Suite | None:
        """Run the base's tests on the head's source; none where the change touched nothing that is restored."""
        async with self._checkouts.fresh(self._head) as tree:
            if not await asyncio.to_thread(restore, tree):
                return None
            return await self._execution.suite(tree)

    async def _again(self, sha: Sha, first: Suite, names: Sequence[str]) -> Cases:
        known = [name for name in names if name in first.cases]
        return (await self._suite(sha, _selectors(first.cases, known))).cases if known else {}

    async def _suite(self, sha: Sha, selectors: Sequence[str] = ()) -> Suite:
        async with self._checkouts.fresh(sha) as tree:
            return await self._execution.suite(tree, selectors)


def _selectors(cases: Cases, names: Sequence[str]) -> tuple[str, ...]:
    """Answer what selects these tests, nothing (which is everything) if one of them cannot be selected."""
    found = [cases[name].selector for name in names if name in cases]
    return tuple(found) if all(found) else ()
