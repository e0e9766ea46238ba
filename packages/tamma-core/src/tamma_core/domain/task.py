"""The one noun: a task is everything that Tamma does about one request in one repository."""

from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from msgspec import field
from msgspec.structs import replace

from tamma_core.domain.ids import DeliveryId, TaskId
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.rules import Rules, least, tighten

SCHEMA_VERSION = 1
ENGINE_VERSION = 1


class TaskStatus(StrEnum):
    """Name the seven states of a task."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen."""
        return self in {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED}


class Priority(IntEnum):
    """Order tasks; higher goes first."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3


class Trigger(StrEnum):
    """Name what started a task."""

    ISSUE_ASSIGNED = "issue_assigned"
    LABEL = "label"
    COMMENT = "comment"
    REVIEW_REQUESTED = "review_requested"
    API = "api"
    CLI = "cli"


class StepName(StrEnum):
    """Name the twelve steps from an issue to a merged change, in order."""

    SELECT = "select"
    ANALYSE = "analyse"
    PLAN = "plan"
    APPROVE = "approve"
    BRANCH = "branch"
    IMPLEMENT = "implement"
    VERIFY = "verify"
    REVIEW = "review"
    PULL_REQUEST = "pull_request"
    MONITOR = "monitor"
    MERGE = "merge"
    CLOSE = "close"


class BaseUpdate(StrEnum):
    """Name how a change takes up a base that moved: by a merge commit, or as one commit on top."""

    MERGE = "merge"
    REBASE = "rebase"


class SetupNetwork(StrEnum):
    """Name what the set-up of dependencies may reach; tests never reach anything."""

    NONE = "none"
    PROXY = "proxy"
    HOST = "host"


class Limits(Record, frozen=True, kw_only=True):
    """Bound one task; a limit of none is no limit, and a missing price needs a token limit."""

    steps: int = 150
    cost_usd: Decimal | None = Decimal(5)
    tokens: int | None = None
    wall_s: float = 3600.0
    attempts: int = 3


class TaskSettings(Record, frozen=True, kw_only=True):
    """Snapshot the configuration that a task started with; secrets are names, never values."""

    limits: Limits = field(default_factory=Limits)
    merge_method: MergeMethod = MergeMethod.MERGE
    base_update: BaseUpdate = BaseUpdate.MERGE
    approve_plan_automatically: bool = False
    dry_run: bool = False
    settle_s: float = 30.0
    ci_timeout_s: float = 3600.0
    poll_s: float = 10.0
    approval_timeout_s: float = 14 * 24 * 3600.0
    branch_prefix: str = "tamma/"
    test_command: str | None = None
    setup_command: str | None = None
    setup_network: SetupNetwork = SetupNetwork.NONE
    check_commands: tuple[str, ...] = ()
    expected_checks: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    references: JsonObject = field(default_factory=dict)
    """Names of the forge, providers and models to use, resolved again by whoever runs the task."""

    def under(self, policy: Rules) -> "TaskSettings":
        """Answer these settings as a repository's own rules leave them, never looser."""
        rules = tighten(self.rules, policy)
        limits = replace(
            self.limits,
            cost_usd=least(self.limits.cost_usd, rules.cost_usd),
            attempts=min(self.limits.attempts, rules.attempts or self.limits.attempts),
        )
        return replace(
            self,
            limits=limits,
            rules=rules,
            merge_method=rules.merge_method or self.merge_method,
            # A flag at the terminal is nobody whom the rules name.
            approve_plan_automatically=self.approve_plan_automatically and rules.approvers is None,
        )


class Task(Record, frozen=True, kw_only=True):
    """Say what was asked for; immutable, all that happens afterwards is in its journal.

    `issue` is none when the request came as text; then `text` holds it.
    """

    id: TaskId
    repository: RepositoryRef
    trigger: Trigger
    delivery: DeliveryId
    created_at: datetime
    issue: IssueRef | None = None
    text: str = ""
    base: str | None = None
    parent: TaskId | None = None
    priority: Priority = Priority.MEDIUM
    requested_by: str = ""
    settings: TaskSettings = field(default_factory=TaskSettings)
    schema_version: int = SCHEMA_VERSION
    engine_version: int = ENGINE_VERSION
