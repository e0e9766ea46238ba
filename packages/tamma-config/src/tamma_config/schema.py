"""The whole configuration."""

from typing import Literal

from pydantic import Field

from tamma_config.platforms import GitPlatformSection
from tamma_config.providers import AiProviderSection, PriceSection
from tamma_config.rules import RulesSection
from tamma_config.section import ClearPlace, Section
from tamma_config.serving import (
    DatabaseSection,
    QueueSection,
    ServiceSection,
    WebhooksSection,
    WebSection,
    WorkerSection,
)
from tamma_config.work import (
    GuardSection,
    LimitsSection,
    MergeSection,
    PackagesSection,
    SandboxSection,
    StoreSection,
    VerificationSection,
)

Mode = Literal["standalone", "cli", "service", "web", "orchestrator", "worker"]
LogLevel = Literal["error", "warn", "info", "debug", "trace"]


class TammaConfig(Section):
    """Everything that can be set; `prices` are by model and win over the shipped table, `plainHttp` permits places without encryption."""

    mode: Mode = "standalone"
    log_level: LogLevel = "info"
    ai_provider: AiProviderSection = Field(default_factory=AiProviderSection)
    git_platform: GitPlatformSection = Field(default_factory=GitPlatformSection)
    prices: dict[str, PriceSection] = Field(default_factory=dict)
    plain_http: tuple[ClearPlace, ...] = ()
    limits: LimitsSection = Field(default_factory=LimitsSection)
    sandbox: SandboxSection = Field(default_factory=SandboxSection)
    verification: VerificationSection = Field(default_factory=VerificationSection)
    guard: GuardSection = Field(default_factory=GuardSection)
    packages: PackagesSection = Field(default_factory=PackagesSection)
    merge: MergeSection = Field(default_factory=MergeSection)
    rules: RulesSection = Field(default_factory=RulesSection)
    branch_prefix: str = Field(default="tamma/", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,40}/$")
    store: StoreSection = Field(default_factory=StoreSection)
    service: ServiceSection = Field(default_factory=ServiceSection)
    web: WebSection = Field(default_factory=WebSection)
    worker: WorkerSection = Field(default_factory=WorkerSection)
    webhooks: WebhooksSection = Field(default_factory=WebhooksSection)
    database: DatabaseSection | None = None
    queue: QueueSection = Field(default_factory=QueueSection)
