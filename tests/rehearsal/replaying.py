"""Replay a task of a world, with the adapters that the world has."""

from pathlib import Path

from tamma_cli.offline import offline
from tamma_config.rules import read_policy
from tamma_core.domain.ids import TaskId
from tamma_core.replay.run import Replayed
from tamma_core.replay.stage import Stage, replayed
from tamma_core.system import SystemClock
from tamma_store.store import open_store

from rehearsal.world import GUARD, OneForge, OneModel, Place, forge_at, provider_at


async def replay(place: Place, task: TaskId) -> list[Replayed]:
    """Answer every claim of a task; raise `Differs` at the first difference, and `Incomplete` at a way to the network."""
    stage = Stage(
        work=place.data / "work",
        forges=lambda: OneForge(forge_at(place)),
        models=lambda _: OneModel(provider_at(place)),
        read_policy=read_policy,
        guard=GUARD,
        request_deadline_s=place.request_deadline_s,
    )
    store = await open_store(Path(place.data) / "store", clock=SystemClock(), mask=str)
    try:
        with offline():
            return [claim async for claim in replayed(store.journal, store.blobs, task, stage)]
    finally:
        await store.aclose()
