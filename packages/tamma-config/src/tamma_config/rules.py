"""Rules for the work in a repository: a section of the configuration, and the file that a repository may hold."""

import re
from collections.abc import Sequence
from datetime import time
from pathlib import Path as FilePath
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from tamma_core.domain.pull_request import MergeMethod
from tamma_core.domain.rules import QuietHours, Rules, Weekday

from tamma_config.document import read_text
from tamma_config.layer import Layer
from tamma_config.problems import from_validation, raise_problems
from tamma_config.providers import Usd
from tamma_config.section import Section
from tamma_config.tree import Path

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _checked_time(value: object) -> time:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError('a time of day such as `"22:00"`')
    return time.fromisoformat(value)


def _checked_zone(name: str) -> str:
    from tamma_core.guards.quiet_hours import zone_of

    zone_of(name)
    return name


def _checked_pattern(pattern: str) -> str:
    from tamma_core.guards.path_patterns import check_pattern

    return check_pattern(pattern)


TimeOfDay = Annotated[time, BeforeValidator(_checked_time), Field(json_schema_extra={"format": ""})]
Pattern = Annotated[str, AfterValidator(_checked_pattern)]
Patterns = Annotated[tuple[Pattern, ...], Field(min_length=1, max_length=200)]
Label = Annotated[str, Field(min_length=1, max_length=100)]
Account = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S+$")]


class QuietHoursSection(Section):
    """Name a time of day in which nothing is done; it may pass midnight."""

    start: TimeOfDay
    end: TimeOfDay
    time_zone: Annotated[str, AfterValidator(_checked_zone)]
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()

    def hours(self) -> QuietHours:
        """Answer the time as the engine keeps it."""
        days = tuple(Weekday(day) for day in self.days)
        return QuietHours(start=self.start, end=self.end, zone=self.time_zone, days=days)


class RulesSection(Section):
    """Restrict the work; what is not written restricts nothing."""

    allowed_paths: Patterns | None = None
    protected_paths: Patterns | None = None
    approvers: Annotated[tuple[Account, ...], Field(min_length=1, max_length=200)] | None = None
    required_approvals: int = Field(default=0, ge=0, le=10)
    merge_method: Literal["merge", "squash", "rebase"] | None = None
    cost_usd: Usd | None = None
    attempts: int | None = Field(default=None, ge=1, le=20)
    open_pull_requests: int | None = Field(default=None, ge=1, le=100)
    required_labels: Annotated[tuple[Label, ...], Field(max_length=20)] = ()
    quiet_hours: Annotated[tuple[QuietHoursSection, ...], Field(max_length=20)] = ()

    def rules(self) -> Rules:
        """Answer the rules as the engine keeps them."""
        return Rules(
            allowed_paths=_group(self.allowed_paths),
            protected_paths=_group(self.protected_paths),
            approvers=self.approvers,
            required_approvals=self.required_approvals,
            merge_method=MergeMethod(self.merge_method) if self.merge_method else None,
            cost_usd=self.cost_usd,
            attempts=self.attempts,
            open_pull_requests=self.open_pull_requests,
            required_labels=self.required_labels,
            quiet_hours=tuple(one.hours() for one in self.quiet_hours),
        )


def read_policy(name: str, data: bytes) -> Rules:
    """Read the policy file of a repository, bounded in size and depth.

    Errors: `ConfigError` naming file, line, key and what is expected.
    """
    file = FilePath(name)
    tree, lines = read_text(file, data)

    def origin(path: Path) -> str | None:
        line = lines(path)
        return f"`{file}`, line {line}" if line else None

    try:
        return RulesSection.model_validate(tree, by_name=False).rules()
    except ValidationError as error:
        layer = Layer(name=f"`{file}`", tree=tree, origin=origin)
        raise_problems(list(from_validation(error, tree, RulesSection)), [layer], hint="`docs/policy.md` has every key")
        raise


def _group(patterns: Sequence[str] | None) -> tuple[tuple[str, ...], ...]:
    return () if patterns is None else (tuple(patterns),)
