"""The sections of the modes that serve: service, web, worker, webhooks, database and queue."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from tamma_config.section import Section, Url

SHORTEST_SIGNING_SECRET = 32


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret) < SHORTEST_SIGNING_SECRET and "${" not in secret.get_secret_value():
        raise ValueError(f"a secret of at least {SHORTEST_SIGNING_SECRET} characters")
    return secret


SigningSecret = Annotated[SecretStr, AfterValidator(_long_enough)]


class AutoApproveSection(Section):
    """Say which plans need no person."""

    low_complexity: bool = False
    medium_complexity: bool = False


class ServiceSection(Section):
    """Take tasks unattended; the interval is in milliseconds."""

    poll_interval: int = Field(default=5000, ge=1000, le=60_000)
    max_concurrent_tasks: int = Field(default=3, ge=1, le=20)
    auto_approve: AutoApproveSection = Field(default_factory=AutoApproveSection)


class WebSection(Section):
    """Listen for requests."""

    host: str = "0.0.0.0"  # noqa: S104 - the specification's default; nothing listens before it is asked to
    port: int = Field(default=3000, ge=1, le=65_535)
    jwt_secret: SigningSecret | None = None
    cors_origins: tuple[str, ...] = ()


class WorkerSection(Section):
    """Work for an orchestrator."""

    orchestrator_url: Url | None = None


class GitHubWebhookSection(Section):
    """Receive GitHub's events, signed with a secret."""

    enabled: bool = True
    secret: SecretStr
    bot_username: str


class GitLabWebhookSection(Section):
    """Receive GitLab's events, shown with a token."""

    enabled: bool = True
    token: SecretStr
    bot_username: str


class WebhooksSection(Section):
    """Receive events of forges."""

    github: GitHubWebhookSection | None = None
    gitlab: GitLabWebhookSection | None = None


class DatabaseSection(Section):
    """Keep the journal in PostgreSQL instead of the embedded store."""

    url: SecretStr
    ssl: bool | None = None
    pool_size: int = Field(default=10, ge=1, le=100)


class RedisSection(Section):
    """Reach Redis."""

    url: SecretStr


class SqsSection(Section):
    """Reach SQS."""

    queue_url: str
    region: str


class QueueSection(Section):
    """Choose who says that something is ready."""

    type: Literal["memory", "redis", "sqs"] = "memory"
    redis: RedisSection | None = None
    sqs: SqsSection | None = None
