"""Offer the real services as fixtures: `pytest_plugins = ["services.fixtures"]`.

A program is built before the first test, so that no test's time limit pays for a compiler.
Session-scoped ones are plain functions around processes of their own: no event loop outlives a
test, and none is shared between tests.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

import pytest
import pytest_asyncio

from bench.peers import MINI, Peer, install
from services.actions_runner import ActionsRunner
from services.docker import Docker
from services.faulty_proxy import FaultyProxy
from services.gitea import Gitea, People
from services.gitea_program import gitea_program
from services.gitea_repository import Files, Repository
from services.ollama import Ollama
from services.ollama_program import model_file, ollama_program
from services.ordinary_user import OrdinaryUser
from services.postgresql import PostgreSQL

NewRepository: TypeAlias = Callable[[Files], Repository]

_PROGRAMS: dict[str, tuple[Callable[[], object], ...]] = {
    "gitea": (gitea_program,),
    "mini_swe_agent": (lambda: install(MINI),),
    "ollama": (ollama_program, model_file),
}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the programs behind the fixtures that the collected tests use, and show the progress."""
    if session.config.getoption("collectonly"):
        return
    used = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    capture = session.config.pluginmanager.getplugin("capturemanager")
    shown = capture.global_and_fixture_disabled() if capture else contextlib.nullcontext()
    with shown:
        for name in sorted(used & _PROGRAMS.keys()):
            for build in _PROGRAMS[name]:
                build()


@pytest.fixture(scope="session")
def gitea() -> Iterator[Gitea]:
    """Run one Gitea for the session."""
    with Gitea() as server:
        yield server


@pytest.fixture(scope="session")
def mini_swe_agent() -> Peer:
    """Offer an agent that others wrote, in an environment of its own."""
    return install(MINI)


@pytest.fixture(scope="session")
def people(gitea: Gitea) -> People:
    """Create an owner, a maintainer, a bot and a stranger, once for the session."""
    return gitea.create_people()


@pytest.fixture(scope="session")
def actions_runner(gitea: Gitea) -> Iterator[ActionsRunner]:
    """Run one Actions runner for the session, for `runs-on: ubuntu-latest`."""
    with ActionsRunner(gitea.url, gitea.runner_token()) as runner:
        yield runner


@pytest.fixture(scope="session")
def repository_names() -> Iterator[str]:
    """Count names, so that each test gets a repository that no other test knows."""
    return (f"repository-{number}" for number in itertools.count(1))


@pytest.fixture
def new_repository(gitea: Gitea, people: People, repository_names: Iterator[str]) -> NewRepository:
    """Return a function that makes a fresh repository, the maintainer and the bot admitted."""

    def create(files: Files) -> Repository:
        repository = gitea.create_repository(people.owner, next(repository_names), files)
        repository.admit(people.maintainer, people.bot)
        return repository

    return create


@pytest_asyncio.fixture
async def faulty_proxy(gitea: Gitea) -> AsyncIterator[FaultyProxy]:
    """Put a proxy that can lose answers before the session's Gitea."""
    async with FaultyProxy(gitea.url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def ollama() -> Iterator[Ollama]:
    """Run one Ollama with its tiny model for the session."""
    with Ollama() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run one PostgreSQL for the session."""
    server = PostgreSQL()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """Run one Docker for the session."""
    with Docker() as daemon:
        yield daemon


@pytest.fixture(scope="session")
def ordinary_user() -> Iterator[OrdinaryUser]:
    """Have a user whom this machine does not know."""
    with OrdinaryUser() as user:
        yield user
