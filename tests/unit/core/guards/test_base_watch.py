"""The judgement of the base's checks after a merge."""

import pytest
from msgspec.structs import replace
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import Check, CheckState
from tamma_core.guards.base_watch import BaseFacts, Red, Watched, Watching, watch

MERGED, ONTO, LATER = Sha("a" * 40), Sha("b" * 40), Sha("c" * 40)
PENDING, SUCCESS, FAILURE = CheckState.PENDING, CheckState.SUCCESS, CheckState.FAILURE


def at(sha: Sha, *states: CheckState, name: str = "ci / test (push)") -> tuple[Check, ...]:
    return tuple(Check(name=name, state=state, sha=sha) for state in states)


FACTS = BaseFacts(
    merged=MERGED,
    onto=ONTO,
    tip=MERGED,
    checks=at(MERGED, SUCCESS),
    before=at(ONTO, SUCCESS),
    now=(),
    ci_configured=True,
    seconds_since_merge=100,
    settle_s=30,
    ci_timeout_s=3600,
)
FAILED = replace(FACTS, checks=at(MERGED, FAILURE))


@pytest.mark.parametrize(
    ("facts", "kind", "word"),
    [
        (FACTS, Watched, "1 check(s)"),
        (replace(FACTS, seconds_since_merge=1), Watching, "may still come"),
        (replace(FACTS, checks=at(MERGED, PENDING)), Watching, "running"),
        (replace(FACTS, checks=at(MERGED, PENDING), seconds_since_merge=4000), Watched, "did not end"),
        (replace(FACTS, checks=()), Watched, "no check came"),
        (replace(FACTS, checks=(), seconds_since_merge=1), Watching, "may still come"),
        (replace(FACTS, checks=(), ci_configured=False, seconds_since_merge=0), Watched, "no checks"),
        (FAILED, Red, "ci / test"),
        (replace(FAILED, seconds_since_merge=0), Red, "ci / test"),
        (replace(FAILED, before=()), Red, "ci / test"),
        (replace(FAILED, before=at(ONTO, FAILURE)), Watched, "fails that did not fail before"),
        (replace(FAILED, before=at(ONTO, FAILURE, name="ci / test (pull_request)")), Watched, "before"),
        (replace(FAILED, before=at(ONTO, FAILURE, name="lint")), Red, "ci / test"),
        (replace(FAILED, before=at(LATER, FAILURE)), Red, "ci / test"),
        (replace(FAILED, before=at(ONTO, PENDING)), Watching, "running"),
        (replace(FAILED, before=at(ONTO, PENDING), seconds_since_merge=4000), Red, "ci / test"),
        (replace(FAILED, tip=LATER, now=at(LATER, SUCCESS)), Watched, "1 check(s)"),
        (replace(FAILED, tip=LATER, now=at(LATER, PENDING)), Red, "ci / test"),
        (replace(FAILED, tip=LATER, now=at(LATER, SUCCESS, name="lint")), Red, "ci / test"),
        (replace(FACTS, checks=at(LATER, FAILURE)), Watched, "no check came"),
    ],
)
def test_each_constellation_has_its_answer(facts: BaseFacts, kind: type, word: str) -> None:
    """Only what fails at the merge, did not fail before it and was not repaired since is the merge's doing."""
    seen = watch(facts)
    assert isinstance(seen, kind)
    assert word in str(seen)


def test_red_is_said_while_other_checks_run() -> None:
    """A base that is broken now is not left alone until the slowest check has ended."""
    checks = (*at(MERGED, FAILURE, name="lint"), *at(MERGED, PENDING))
    assert watch(replace(FACTS, checks=checks)) == Red(("lint",))
