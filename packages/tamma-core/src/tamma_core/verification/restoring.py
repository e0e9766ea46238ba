"""Decide what of the base stands beside its own tests when these judge a change."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from tamma_core.domain.record import Record
from tamma_core.verification.compare import ALL
from tamma_core.verification.overlay import IsTest, within

MOST_APART = 3
"""How many places are told apart: for each one more, twice as many runs are needed."""
_SHOWN = 3
_LIMIT = 100


class Way(Record, frozen=True):
    """Hold places that are the base's too, and the paths of the change that stand there."""

    places: frozenset[str] = frozenset()
    touched: tuple[str, ...] = ()

    def told(self, name: str) -> str:
        """Say of a test, or of all with a reason behind it, in which run it was."""
        if not self.touched:
            return name
        told = f"with {_shown(self.touched)} as the base has it"
        return f"all, {told}: {name.removeprefix(ALL)}" if name.startswith(ALL) else f"{name}, {told}"


def touches_tests(changed: Iterable[str], is_test: IsTest) -> bool:
    """Tell whether a change may have to do with tests, a link to a folder of them or a module of them in a Rust source."""
    return any(is_test(path) or is_test(f"{path}/x") or path.endswith(".rs") for path in changed)


def touched_places(changed: Sequence[str], places: Iterable[frozenset[str]], is_test: IsTest) -> tuple[Way, ...]:
    """Keep the places that a change touches, and one of those at which it touches the same."""
    found: dict[tuple[str, ...], Way] = {}
    for group in places:
        touched = tuple(path for path in changed if within(path, group) and not is_test(path))
        if touched:
            found.setdefault(touched, Way(group, touched))
    return tuple(found.values())


def ways(touched: Sequence[Way], *, tests: bool) -> Iterator[Way]:
    """Yield each choice of places, since nothing tells which are help for tests and which are on trial; of too many, none and all.

    Where no test was changed, it is not worth a run to take back none of the places.
    """
    few = len(touched) <= MOST_APART
    for size in range(len(touched) + 1) if few else (0, len(touched)):
        for some in combinations(touched, size):
            if some or tests:
                yield _together(some)


def too_many(touched: Sequence[Way]) -> str:
    """Say what was not looked at, or nothing."""
    if len(touched) <= MOST_APART:
        return ""
    return f"not run with only some of {_shown(_together(touched).touched)} as the base has them, which are too many"


def _together(some: Sequence[Way]) -> Way:
    places = frozenset[str]().union(*(way.places for way in some))
    return Way(places, tuple(dict.fromkeys(path for way in some for path in way.touched)))


def _shown(paths: Sequence[str]) -> str:
    names = ", ".join(f"`{path[:_LIMIT]}`" for path in paths[:_SHOWN])
    return f"{names} and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else names
