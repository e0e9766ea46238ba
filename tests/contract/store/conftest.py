"""A store in a directory of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tamma_core.testing.manual_clock import ManualClock
from tamma_store.store import Store, open_store


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that goes when it is told to."""
    return ManualClock()


@pytest.fixture
async def store(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Store]:
    """Open a new store and close it after the test."""
    opened = await open_store(
        tmp_path / "data", clock=clock, mask=lambda text: text.replace("not-for-your-eyes", "***")
    )
    yield opened
    await opened.aclose()
