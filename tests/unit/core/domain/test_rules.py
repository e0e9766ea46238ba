"""A repository's own rules make the configured ones stricter, whatever they say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.domain.change import FileChange
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.rules import QuietHours, Rules, Weekday
from tamma_core.domain.task import Limits, TaskSettings
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.path_patterns import rule_findings
from tamma_core.guards.quiet_hours import quiet_until

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
PATTERNS = ("*", "src/", "!src/", "/docs/**", "*.sql", "!db/x.sql", "src/a.py", "!*")
PATHS = ("src/a.py", "docs/x.md", "db/x.sql", "Src/A.py", "README")
PEOPLE = ("ada", "Ada", "grace", "mallory")

groups = st.lists(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3).map(tuple), max_size=2).map(tuple)
quiet = st.builds(
    QuietHours,
    start=st.sampled_from((time(0), time(7), time(22, 30))),
    end=st.sampled_from((time(0), time(7), time(12))),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York")),
    days=st.lists(st.sampled_from(Weekday), max_size=2).map(tuple),
)
rules = st.builds(
    Rules,
    allowed_paths=groups,
    protected_paths=groups,
    approvers=st.none() | st.lists(st.sampled_from(PEOPLE), max_size=3).map(tuple),
    required_approvals=st.integers(0, 3),
    merge_method=st.none() | st.sampled_from(MergeMethod),
    cost_usd=st.none() | st.decimals(0, 10, places=2),
    attempts=st.none() | st.integers(1, 5),
    open_pull_requests=st.none() | st.integers(1, 5),
    required_labels=st.lists(st.sampled_from(("a", "b")), max_size=2).map(tuple),
    quiet_hours=st.lists(quiet, max_size=2).map(tuple),
)
configured = st.builds(
    TaskSettings,
    limits=st.builds(Limits, cost_usd=st.none() | st.decimals(0, 10, places=2), attempts=st.integers(1, 5)),
    approve_plan_automatically=st.booleans(),
    rules=rules,
)


@dataclass(frozen=True)
class Situation:
    """Hold one moment that settings have to judge."""

    path: str
    person: str
    approvals: int
    spent: Decimal
    attempt: int
    shown: int
    labels: frozenset[str]
    now: datetime


situations = st.builds(
    Situation,
    path=st.sampled_from(PATHS),
    person=st.sampled_from(PEOPLE),
    approvals=st.integers(0, 3),
    spent=st.decimals(0, 10, places=2),
    attempt=st.integers(1, 5),
    shown=st.integers(0, 5),
    labels=st.frozensets(st.sampled_from(("a", "b", "c"))),
    now=st.integers(0, 7 * 24 * 2).map(lambda halves: MONDAY + timedelta(minutes=30 * halves)),
)


def spoken(settings: TaskSettings, at: Situation) -> set[str]:
    change = FileChange(
        path=at.path, kind="added", old_path=None, old_mode="", new_mode="100644", old_blob=None, new_blob=Sha("a" * 40)
    )
    found = rule_findings(FileVersions(change=change, before=None, after=b""), settings.rules)
    return {finding.rule for finding in found}


PERMISSIONS: tuple[Callable[[TaskSettings, Situation], bool], ...] = (
    lambda settings, at: "outside_paths" not in spoken(settings, at),
    lambda settings, at: "protected_path" not in spoken(settings, at),
    lambda settings, at: settings.rules.may_approve(at.person),
    lambda settings, _: settings.approve_plan_automatically,
    lambda settings, at: at.approvals >= settings.rules.required_approvals,
    lambda settings, at: settings.limits.cost_usd is None or at.spent <= settings.limits.cost_usd,
    lambda settings, at: settings.rules.cost_usd is None or at.spent <= settings.rules.cost_usd,
    lambda settings, at: at.attempt <= settings.limits.attempts,
    lambda settings, at: settings.rules.open_pull_requests is None or at.shown < settings.rules.open_pull_requests,
    lambda settings, at: set(settings.rules.required_labels) <= at.labels,
    lambda settings, at: quiet_until(at.now, settings.rules.quiet_hours) is None,
)


@given(configured, rules, situations)
@example(
    TaskSettings(rules=Rules(protected_paths=(("*.sql",),))),
    Rules(protected_paths=(("!db/x.sql",),)),
    Situation("db/x.sql", "ada", 0, Decimal(0), 1, 0, frozenset(), MONDAY),
)
def test_nothing_is_permitted_that_was_not(settings: TaskSettings, policy: Rules, at: Situation) -> None:
    """In every situation, what the tightened settings permit is permitted by the configuration, and by the policy alone."""
    tightened = settings.under(policy)
    alone = TaskSettings(limits=Limits(cost_usd=None, attempts=99), approve_plan_automatically=True).under(policy)
    for permits in PERMISSIONS:
        if permits(tightened, at):
            assert permits(settings, at)
            assert permits(alone, at)


@given(configured, rules)
def test_all_else_is_as_configured(settings: TaskSettings, policy: Rules) -> None:
    """A policy reaches nothing beside what it is for, and the same policy twice changes nothing more."""
    tightened = settings.under(policy)
    assert tightened.under(policy) == tightened
    for name in ("test_command", "setup_command", "setup_network", "references", "branch_prefix", "dry_run"):
        assert getattr(tightened, name) == getattr(settings, name)
    assert (tightened.limits.steps, tightened.limits.tokens) == (settings.limits.steps, settings.limits.tokens)


def test_no_rules_change_nothing() -> None:
    """Where there is no policy, the settings are the configured ones."""
    assert TaskSettings().under(Rules()) == TaskSettings()


def test_a_flag_is_nobody_whom_rules_name() -> None:
    """Where approvers are named, by whomever, a plan is not approved unseen."""
    flagged = TaskSettings(approve_plan_automatically=True)
    assert flagged.under(Rules(attempts=1)).approve_plan_automatically
    assert not flagged.under(Rules(approvers=("ada",))).approve_plan_automatically
