"""The sections that bound and shape the work on one task."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork
from tamma_core.domain.authority import read_authority
from tamma_core.domain.task import SetupNetwork

from tamma_config.providers import Usd
from tamma_config.section import Section, Url


class LimitsSection(Section):
    """Bound one task, and all tasks of a day; null takes a bound away."""

    cost_usd: Usd | None = Decimal(5)
    cost_usd_per_day: Usd | None = None
    tokens: int | None = Field(default=None, ge=1)
    steps: int = Field(default=150, ge=1)
    wall_seconds: float = Field(default=3600, gt=0)
    attempts: int = Field(default=3, ge=1, le=20)
    approval_hours: float = Field(default=14 * 24, gt=0)


def _checked_place(text: str) -> str:
    try:
        read_authority(text, port=443)
    except ValueError:
        raise ValueError("a host such as `packages.example.com`, with `:PORT` where that is not 443") from None
    return text


Place = Annotated[str, AfterValidator(_checked_place)]


class SandboxSection(Section):
    """Choose the wall around other people's code: `auto` is the strongest that holds; `none` is no wall and says so loudly."""

    level: Literal["auto", "bubblewrap", "landlock", "container", "none"] = "auto"


def _read_network(value: object) -> object:
    """Read what configurations said before there was a proxy: a permission becomes the proxy, which is less than it was."""
    if isinstance(value, bool):
        return SetupNetwork.PROXY if value else SetupNetwork.NONE
    return value


class VerificationSection(Section):
    """Name the commands that judge a change, where they shall not be detected."""

    test_command: str | None = Field(default=None, min_length=1)
    setup_command: str | None = Field(default=None, min_length=1)
    setup_network: Annotated[SetupNetwork, BeforeValidator(_read_network)] = SetupNetwork.PROXY
    check_commands: tuple[str, ...] = ()


class PackagesSection(Section):
    """Say what the proxy lets through while dependencies are installed; never read from a repository."""

    ecosystems: tuple[str, ...] | None = None
    registries: dict[str, Url] = Field(default_factory=dict)
    hosts: tuple[Place, ...] = ()
    addresses: tuple[IPvAnyNetwork, ...] = ()


class MergeSection(Section):
    """Say how and when a change becomes part of its base."""

    method: Literal["merge", "squash", "rebase"] = "merge"
    update: Literal["merge", "rebase"] = "merge"
    expected_checks: tuple[str, ...] = ()
    settle_seconds: float = Field(default=30, ge=0)
    poll_seconds: float = Field(default=10, gt=0)
    ci_timeout_seconds: float = Field(default=3600, gt=0)


class GuardSection(Section):
    """Make the diff guard stricter: rules that refuse instead of asking a person, and smaller bounds of a change."""

    refuse: tuple[str, ...] = ()
    max_files: int = Field(default=50, ge=1, le=50)
    max_lines: int = Field(default=2000, ge=1, le=2000)


class StoreSection(Section):
    """Say where the journal and the working copies live."""

    path: str = "~/.tamma/store"
