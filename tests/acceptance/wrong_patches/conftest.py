"""Collect what became of each wrong patch, and print it at the end."""

import os
import sys
from pathlib import Path

import pytest
from acceptance.wrong_patches.playing import KNOWN, Outcome
from rehearsal.story import Stage, stage_on
from services.fixtures import NewRepository
from services.gitea import Gitea, People
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import GuardPolicy

_OUTCOMES = pytest.StashKey[list[Outcome]]()


@pytest.fixture
def outcomes(request: pytest.FixtureRequest) -> list[Outcome]:
    """Answer the list that the summary is made of."""
    return request.config.stash.setdefault(_OUTCOMES, [])


@pytest.fixture
def stage(gitea: Gitea, people: People, new_repository: NewRepository, tmp_path: Path) -> Stage:
    """Answer how to set a story up whose engine knows a token."""
    guard = GuardPolicy(known_secrets=KnownValues([KNOWN]))
    return stage_on(gitea, people, new_repository, tmp_path, guard=guard)


@pytest.fixture(autouse=True)
def own_python_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let projects that are tested with pytest find this interpreter, which has it."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print where each wrong patch was stopped, why, and how many were merged."""
    if _OUTCOMES not in config.stash:
        return
    found = config.stash[_OUTCOMES]
    outcomes = sorted(found, key=lambda outcome: outcome.case.name)
    terminalreporter.section("wrong patches")
    width = max(len(outcome.case.name) for outcome in outcomes)
    for outcome in outcomes:
        reason = " ".join(outcome.reason.split())[:150]
        terminalreporter.line(f"{outcome.case.name:{width}} → {outcome.stopped} → {reason}")
    merges = sum(outcome.merges for outcome in outcomes)
    terminalreporter.line(f"{len(outcomes)} wrong patches, {merges} merges")
