"""Replay a task with the forges and models of the present configuration."""

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from msgspec.structs import replace
from tamma_config.configuration import Configuration
from tamma_config.rules import read_policy
from tamma_core.domain.ids import TaskId
from tamma_core.domain.task import TaskSettings
from tamma_core.replay.run import Replayed
from tamma_core.replay.stage import Stage, replayed
from tamma_store.store import Store

from tamma_cli.forges import ConfiguredForges
from tamma_cli.models import ConfiguredModels
from tamma_cli.wiring import guard_of


async def replayed_here(
    store: Store, configuration: Configuration, data: Path, task: TaskId
) -> AsyncGenerator[Replayed]:
    """Yield each claim of a task of a data directory that came out the same."""
    # A replay sends no key and no token, so they need not be set.
    complete = replace(configuration, missing={})
    async with contextlib.AsyncExitStack() as stack:

        def forges() -> ConfiguredForges:
            opened = ConfiguredForges(complete, data / "plain-git")
            stack.push_async_callback(opened.dispose)
            return opened

        def models(settings: TaskSettings) -> ConfiguredModels:
            opened = ConfiguredModels(complete, settings)
            stack.push_async_callback(opened.dispose)
            return opened

        stage = Stage(
            work=data / "work",
            forges=forges,
            models=models,
            read_policy=read_policy,
            guard=guard_of(configuration),
            plain_http=configuration.settings.plain_http,
        )
        async with contextlib.aclosing(replayed(store.journal, store.blobs, task, stage)) as running:
            async for claim in running:
                yield claim
