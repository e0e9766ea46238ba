"""A whole engine on real parts: a store, a sandbox, a forge over HTTP, a model over HTTP."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr
from services.registries import MachinePackages
from tamma_config.rules import read_policy
from tamma_core.domain.agent import AgentRole
from tamma_core.domain.breaker import Breaker
from tamma_core.domain.ids import DeliveryId, TaskId
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.task import Limits, Task, TaskSettings, Trigger
from tamma_core.domain.usage import Price
from tamma_core.engine.assembly import Adapters, assemble
from tamma_core.engine.engine import Engine
from tamma_core.engine.ground import Reach, ground_in
from tamma_core.engine.step import Ports
from tamma_core.guards.policy import GuardPolicy
from tamma_core.guards.redaction import Redactor
from tamma_core.ports.ai_provider import AIProvider, ModelChoice
from tamma_core.ports.clock import Clock
from tamma_core.ports.egress import Egress
from tamma_core.ports.git_platform import GitPlatform, IssueSource
from tamma_core.ports.journal import Journal
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.system import SystemClock, SystemEntropy
from tamma_platforms.gitea.client import GiteaOptions, GiteaPlatform
from tamma_platforms.http.session import SessionOptions
from tamma_providers.options import Patience, ProviderOptions, RetryPolicy
from tamma_providers.registry import open_provider
from tamma_store.store import Store, open_store

FORGE = "gitea"
MODEL = "rehearsed"
GUARD = GuardPolicy()
PRICE = Price(input_usd=Decimal(3), output_usd=Decimal(15), cache_read_usd=Decimal("0.3"))
SETTINGS = TaskSettings(
    limits=Limits(steps=40, cost_usd=Decimal(5)), settle_s=0.0, poll_s=0.5, ci_timeout_s=60.0, approval_timeout_s=300.0
)


class Place(Record, frozen=True, kw_only=True):
    """Say where everything is; small enough to hand to another process."""

    data: Path
    forge_url: str
    forge_token: str
    model_url: str
    model_key: str = "scripted"
    request_deadline_s: float = 60.0
    breaker_open_s: float = 300.0
    model_idle_s: float = 120.0


class OneForge(Record, frozen=True):
    """Answer the one forge of a test under its name."""

    forge: GiteaPlatform

    async def platform(self, name: str) -> GitPlatform:
        """Answer the forge."""
        assert name == FORGE
        await self.forge.initialize()
        return self.forge

    async def issues(self, name: str) -> IssueSource:
        """Answer the forge as a tracker."""
        assert name == FORGE
        await self.forge.initialize()
        return self.forge


class OneModel(Record, frozen=True):
    """Answer the one model of a test for every role."""

    provider: AIProvider

    async def for_role(self, role: AgentRole) -> ModelChoice:
        """Answer the model."""
        assert role
        await self.provider.initialize()
        return ModelChoice(
            provider=self.provider, model=MODEL, price=PRICE, max_context_tokens=150_000, max_output_tokens=8192
        )


class World(Record, frozen=True):
    """Hold an engine, its ports and its store."""

    engine: Engine
    ports: Ports
    store: Store
    forge: GiteaPlatform

    async def submit(self, repository: str, issue: int, settings: TaskSettings = SETTINGS) -> TaskId:
        """Submit a task for an issue, as a label would."""
        ref = RepositoryRef(FORGE, repository)
        token = self.ports.entropy.token()
        task = Task(
            id=TaskId(token),
            repository=ref,
            trigger=Trigger.LABEL,
            delivery=DeliveryId(f"{repository}#{issue}:{token}"),
            created_at=self.ports.clock.now(),
            issue=IssueRef(FORGE, ref, str(issue)),
            requested_by="maintainer",
            settings=settings,
        )
        return await self.ports.journal.submit(task)


def forge_at(place: Place) -> GiteaPlatform:
    """Make the adapter of the forge."""
    session = SessionOptions(breaker=Breaker(open_s=place.breaker_open_s))
    return GiteaPlatform(
        FORGE,
        base_url=place.forge_url,
        token=SecretStr(place.forge_token),
        options=GiteaOptions(session=session),
    )


def provider_at(place: Place) -> AIProvider:
    """Make the adapter of the model."""
    return open_provider(
        "scripted",
        kind="anthropic",
        model=MODEL,
        api_key=SecretStr(place.model_key),
        base_url=place.model_url,
        options=ProviderOptions(
            retry=RetryPolicy(attempts=2, first_wait_s=0.05),
            patience=Patience(first_event_s=place.model_idle_s, idle_s=place.model_idle_s),
            breaker=Breaker(open_s=place.breaker_open_s),
        ),
    )


@asynccontextmanager
async def world(
    place: Place,
    *,
    around: Callable[[Journal], Journal] = lambda journal: journal,
    guard: GuardPolicy = GUARD,
    clock: Clock | None = None,
    egress: Egress | None = None,
) -> AsyncIterator[World]:
    """Open everything at a place; `around` may wrap the journal, for instance to die after an event."""
    clock = clock or SystemClock()
    store = await open_store(place.data / "store", clock=clock, mask=Redactor(guard.known_secrets).mask)
    forge, provider = forge_at(place), provider_at(place)
    entropy, reach = SystemEntropy(), Reach(egress=egress or MachinePackages())
    ground = ground_in(place.data, Bubblewrap(), environ=os.environ, clock=clock, entropy=entropy, reach=reach)
    adapters = Adapters(
        journal=around(store.journal),
        log=store.log,
        blobs=store.blobs,
        budget=store.budget,
        clock=clock,
        entropy=entropy,
        forges=OneForge(forge),
        models=OneModel(provider),
        workspaces=ground.workspaces,
        verifier=ground.verifier,
        read_policy=read_policy,
        stop_file=place.data / "stop",
        guard=guard,
        request_deadline_s=place.request_deadline_s,
    )
    ports = assemble(adapters)
    try:
        yield World(Engine(ports, owner="test"), ports, store, forge)
    finally:
        await provider.dispose()
        await forge.dispose()
        await store.aclose()
