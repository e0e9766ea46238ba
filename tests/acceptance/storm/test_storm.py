"""A short storm, in every run of the tests; `just storm --long` is the long one."""

from pathlib import Path

import pytest
from acceptance.storm.storm import SHORT, Storm
from services.gitea import Gitea, People

SEED = 1


@pytest.mark.timeout(900)
async def test_short_storm(gitea: Gitea, people: People, tmp_path: Path) -> None:
    """Every task ends once: nothing wrong is merged, nothing happens twice, nothing is lost, no secret is told."""
    report = await Storm(SEED, SHORT, gitea, people, tmp_path).rage()
    print("\n".join(report.lines()))
    assert not [*report.wrong, *report.crashes, *report.leaks]
    assert sum(ended.kills for ended in report.ended) >= 20
