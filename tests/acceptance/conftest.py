"""Stories on a real forge."""

from pathlib import Path

import pytest
from rehearsal.story import Stage, stage_on
from services.fixtures import NewRepository
from services.gitea import Gitea, People


@pytest.fixture
def stage(gitea: Gitea, people: People, new_repository: NewRepository, tmp_path: Path) -> Stage:
    """Answer how to set a story up."""
    return stage_on(gitea, people, new_repository, tmp_path)
