"""A short storm, in every run of the tests; `just storm --long` is the long one."""

import os
import socket
import sys
from pathlib import Path

import pytest
from acceptance.storm.storm import SHORT, TESTS, Storm
from acceptance.storm.worker import Orders
from rehearsal.world import Place, world
from services.daemon import Daemon, await_condition
from services.gitea import Gitea, People

SEED = 1


@pytest.mark.timeout(900)
async def test_short_storm(gitea: Gitea, people: People, tmp_path: Path) -> None:
    """Every task ends once: nothing wrong is merged, nothing happens twice, nothing is lost, no secret is told."""
    report = await Storm(SEED, SHORT, gitea, people, tmp_path).rage()
    print("\n".join(report.lines()))
    assert not [*report.wrong, *report.crashes, *report.leaks]
    assert sum(ended.kills for ended in report.ended) >= 20


async def test_workers_end_with_their_storm(tmp_path: Path) -> None:
    """Whoever gave a worker its orders is gone: it is killed in the midst of a request that nobody answers."""
    nursery = tmp_path / "nursery"
    daemon = Daemon("nursery", (sys.executable, "-m", "acceptance.storm.worker", nursery), tmp_path / "log")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        place = Place(data=tmp_path, forge_url=url, forge_token="t0ken", model_url=url)
        async with world(place) as opened:
            task = await opened.submit("owner/project", 1)
        daemon.start(
            {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}, TESTS, nursery.exists, 60.0
        )
        try:
            with socket.socket(socket.AF_UNIX) as storm, storm.makefile("rwb") as said:
                storm.connect(str(nursery))
                worker = int(said.readline())
                said.write(Orders(place=place, task=task, death=None).written())
                said.flush()
                asked, _ = silent.accept()
            with asked:
                await_condition(lambda: not Path(f"/proc/{worker}").exists(), "the worker is gone", 10.0)
        finally:
            daemon.stop()
