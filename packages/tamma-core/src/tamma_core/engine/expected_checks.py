"""Tell which checks a commit is going to have."""

from pathlib import PurePosixPath

from tamma_core.domain.ids import Sha
from tamma_core.engine.step import StepContext

_CI_DIRECTORIES = frozenset({".gitea/workflows", ".github/workflows", ".forgejo/workflows", ".woodpecker", ".circleci"})
_CI_FILES = frozenset({".gitlab-ci.yml", ".woodpecker.yml", ".drone.yml", "Jenkinsfile", "azure-pipelines.yml"})


async def ci_configured(ctx: StepContext, base: Sha) -> bool:
    """Tell whether a commit of the base configures continuous integration that the forge can show."""
    if not (await ctx.platform()).get_capabilities().continuous_integration.supported:
        return False
    files = await (await ctx.workspace()).list_files(base)
    return any(path in _CI_FILES or str(PurePosixPath(path).parent) in _CI_DIRECTORIES for path in files)
