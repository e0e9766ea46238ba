"""Choose what of the base stands beside its own tests."""

import pytest
from tamma_core.domain.suite_paths import is_test_path
from tamma_core.verification.restoring import Way, too_many, touched_places, touches_tests, ways

PLACES = [frozenset({name}) for name in ("a", "b", "c", "d")]


@pytest.mark.parametrize("tests", [False, True])
@pytest.mark.parametrize(("count", "runs"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 2)])
def test_each_choice_of_few_places_is_tried(count: int, runs: int, *, tests: bool) -> None:
    """The right one is among them, whichever places are help; of too many, none and all, and it is said."""
    touched = touched_places(["a", "b/x", "c", "d"], PLACES[:count], is_test_path)
    tried = [way.places for way in ways(touched, tests=tests)]
    assert len(tried) == len(set(tried)) == (runs if tests else runs - 1)
    assert (frozenset() in tried) is tests
    assert bool(too_many(touched)) is (count == 4)


def test_places_that_are_touched_alike_are_one() -> None:
    """A folder and a file in it need no runs of their own where only this file was changed, nor does what nothing touched."""
    places = [frozenset({"shared"}), frozenset({"shared/a.py"}), frozenset({"other"}), frozenset({"test_b.py"})]
    assert touched_places(["shared/a.py", "lib.py", "test_b.py"], places, is_test_path) == (
        Way(frozenset({"shared"}), ("shared/a.py",)),
    )


@pytest.mark.parametrize(
    ("path", "touches"),
    [("lib.py", False), ("test_a.py", True), ("tests", True), ("src/lib.rs", True), ("tests.md", False)],
)
def test_a_change_without_tests_needs_no_run(path: str, *, touches: bool) -> None:
    """A file of tests, a link in the place of their folder, and a source that may hold a module of them do."""
    assert touches_tests([path], is_test_path) is touches


def test_a_person_hears_in_which_run_it_was() -> None:
    """What stood beside the tests is told by the change's own paths, some of them, before the reason of all."""
    way = Way(frozenset({"shared"}), tuple(f"shared/{n}" for n in range(5)))
    told = "with `shared/0`, `shared/1`, `shared/2` and 2 more as the base has it"
    assert way.told("t.a") == f"t.a, {told}"
    assert way.told("all: it broke: off") == f"all, {told}: it broke: off"
    assert (Way().told("t.a"), Way().told("all: x")) == ("t.a", "all: x")
