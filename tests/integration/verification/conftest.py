"""Give tests a verifier on a real sandbox, with the tools of this machine."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from integration.verification.projects import BASE, HEAD, Project, Trees
from tamma_core.domain.verification import VerificationReport
from tamma_core.ports.sandbox import ProcessLimits, Sandbox
from tamma_core.sandbox.opening import open_sandbox
from tamma_core.sandbox.toolchains import toolchain_mounts, toolchain_path
from tamma_core.system import SystemClock, SystemEntropy
from tamma_core.verification.place import Toolchain
from tamma_core.verification.runner import Means, Verifier
from tamma_core.verification.settings import VerificationSettings

Tree = Mapping[str, str]


def host_path() -> str:
    """Put this interpreter, which has pytest, before the machine's."""
    go = shutil.which("go", path=str(Path(sys.executable).parent))
    return os.pathsep.join(
        [str(Path(sys.executable).parent), *([str(Path(go).parent)] if go else []), os.environ["PATH"]]
    )


def project_on(sandbox: Sandbox, place: Path, cache: Path | None = None) -> Project:
    """Answer an empty project whose tests run in this sandbox; a cache may be shared, so that a standard library is compiled once."""
    environment = {**os.environ, "PATH": host_path()}
    toolchain = Toolchain(mounts=toolchain_mounts(environment), path=toolchain_path(environment))
    means = Means(clock=SystemClock(), entropy=SystemEntropy(), toolchain=toolchain)
    trees = Trees(place / "commits")
    return Project(place / "commits", Verifier(sandbox, trees, cache or place / "cache", means))


@pytest.fixture
async def project(tmp_path: Path) -> Project:
    """Answer an empty project."""
    return project_on(await open_sandbox("bubblewrap"), tmp_path)


@pytest.fixture
def verify(project: Project) -> Callable[..., object]:
    """Verify a change of one tree to another."""

    async def run(base: Tree, head: Tree, settings: VerificationSettings | None = None) -> VerificationReport:
        project.commit(BASE, base)
        project.commit(HEAD, {**base, **head})
        usual = VerificationSettings(test_limits=ProcessLimits(time_s=100))
        return await project.verifier.verify(BASE, HEAD, settings or usual)

    return run
