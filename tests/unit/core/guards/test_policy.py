import pytest
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.guard import Verdict
from tamma_core.guards.policy import RULES, GuardPolicy
from unit.core.guards.changes import findings

WORKFLOW = {".github/workflows/a.yml": ("a: 1\n", "a: 2\n")}


async def test_a_policy_can_refuse_what_a_person_would_be_asked() -> None:
    """A rule named as refused leaves nothing to approve."""
    asked, refused = await findings(WORKFLOW), await findings(WORKFLOW, GuardPolicy().stricter(refused=["ci"]))
    assert [f.verdict for f in asked] == [Verdict.HUMAN]
    assert [f.verdict for f in refused] == [Verdict.REFUSE]


def test_a_policy_only_becomes_stricter() -> None:
    """Larger bounds than before, and rules left out, change nothing."""
    strict = GuardPolicy(max_files=5, max_lines=100).stricter(refused=["ci"])
    assert strict.stricter(max_files=50, max_lines=2000) == strict
    assert strict.stricter(max_files=2, max_lines=10).max_files == 2
    assert strict.stricter(refused=["licence"]).refused == {"ci", "licence"}
    assert {rule.verdict for rule in RULES.values()} == {Verdict.HUMAN, Verdict.REFUSE}


def test_an_unknown_rule_is_an_error_with_the_list() -> None:
    """A word that is no rule does not pass for a stricter policy."""
    with pytest.raises(InvalidInput, match="no rule `pipelines`") as caught:
        GuardPolicy().stricter(refused=["pipelines"])
    assert "ci, " in str(caught.value.hint)
