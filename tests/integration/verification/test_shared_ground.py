"""Repositories that one machine works on, and what they could leave for one another."""

import os
from pathlib import Path

from integration.workspace.origin import SIGNED, Origin
from tamma_core.domain.ids import TaskId
from tamma_core.engine.ground import Reach, ground_in
from tamma_core.ports.git_platform import GitRemote
from tamma_core.ports.sandbox import ProcessLimits
from tamma_core.sandbox.bubblewrap import Bubblewrap
from tamma_core.system import SystemClock, SystemEntropy
from tamma_core.verification.settings import VerificationSettings

SET_UP = VerificationSettings(
    setup_commands=(("cp", "unlisted.txt", "/deps/installed.txt"),), test_limits=ProcessLimits(time_s=100)
)
TEST = b"""import unittest


class InstalledTest(unittest.TestCase):
    def test_installed(self):
        with open("/deps/installed.txt") as installed, open("unlisted.txt") as own:
            self.assertEqual(installed.read(), own.read())
"""


async def test_no_repository_installs_for_another(tmp_path: Path) -> None:
    """The files that decide what is installed are the same in both; what the first put there is not the second's."""
    ground = ground_in(
        tmp_path / "data",
        Bubblewrap(),
        environ=os.environ,
        clock=SystemClock(),
        entropy=SystemEntropy(),
        reach=Reach(egress=None),
    )
    for name in ("hostile", "other"):
        origin = Origin(tmp_path / f"{name}.git", tmp_path / name)
        origin.write({"test_it.py": TEST, "unlisted.txt": name.encode()})
        workspace = await ground.workspaces.open(TaskId(f"task-{name}"), GitRemote(url=str(origin.path)))
        base = await workspace.fetch("main")
        await workspace.checkout(base)
        (workspace.tree / "README.md").write_text("x")
        head = await workspace.commit(parents=(base,), **SIGNED)
        assert head is not None
        report = await ground.verifier(workspace).verify(base, head, SET_UP)
        await workspace.close(remove=True)
        assert (report.problem, report.failures, report.tests_run) == ("", (), 1)
