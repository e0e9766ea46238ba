"""Tell which checks a commit is going to have."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath

from tamma_core.domain.change import ChangeSet
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import Check, CheckState
from tamma_core.engine.request import selected
from tamma_core.engine.step import StepContext
from tamma_core.guards.ci_state import Expectation, newest_checks
from tamma_core.guards.workflows import Proposal, Workflow, read_workflow, still_expected
from tamma_core.verification.ci.document import read_yaml

MOST_WORKFLOWS = 100
RECENT_COMMITS = 5
_UNDECIDED = {CheckState.PENDING, CheckState.FAILURE}
"""With one of these nothing passes anyway; a skipped check keeps nothing from passing."""
WORKFLOW_BYTES = 65_536
_WORKFLOWS = frozenset({".gitea/workflows", ".github/workflows", ".forgejo/workflows"})
_CI_DIRECTORIES = _WORKFLOWS | {".woodpecker", ".circleci"}
_CI_FILES = frozenset({".gitlab-ci.yml", ".woodpecker.yml", ".drone.yml", "Jenkinsfile", "azure-pipelines.yml"})


async def ci_configured(ctx: StepContext, base: Sha) -> bool:
    """Tell whether a commit of the base configures continuous integration that the forge can show."""
    if not (await ctx.platform()).get_capabilities().continuous_integration.supported:
        return False
    return bool(_ci_paths(await (await ctx.workspace()).list_files(base)))


async def expectation(
    ctx: StepContext, required: frozenset[str], on_head: Sequence[Check], change: ChangeSet
) -> Expectation:
    """Expect at our head what the base has, but for what the base's own workflow files rule out there."""
    usual = await _on_base(
        ctx, change.base, settled=not _UNDECIDED & {check.state for check in newest_checks(on_head).values()}
    )
    full = Expectation(required=required, usual=usual, configured=await ci_configured(ctx, change.base))
    if not full.configured or (on_head and not full.missing(check.name for check in on_head)):
        return full
    paths = _ci_paths(await (await ctx.workspace()).list_files(change.base))
    files = [path for path in paths if str(PurePosixPath(path).parent) in _WORKFLOWS]
    workflows = [await _workflow(ctx, change.base, path) for path in files[:MOST_WORKFLOWS]]
    if len(files) > MOST_WORKFLOWS:
        return full
    touched = {name for item in change.changes for name in (item.path, item.old_path) if name}
    proposal = Proposal(
        base=selected(ctx.state).base, prefix=ctx.state.settings.branch_prefix, paths=tuple(sorted(touched))
    )
    return Expectation(
        required=required,
        usual=still_expected(usual, workflows, proposal),
        configured=len(files) < len(paths) or any(workflow.may_run(proposal) for workflow in workflows),
    )


async def _on_base(ctx: StepContext, tip: Sha, *, settled: bool) -> frozenset[str]:
    """Name the checks of the base's tip, and, where nothing else keeps a change from passing, of those before it.

    Checks come late, to the tip as to a head: one that is at none of the two yet would be missed by nobody.
    """
    platform, repository = await ctx.platform(), ctx.state.task.repository
    recent = await (await ctx.workspace()).first_parents(tip, limit=RECENT_COMMITS) if settled else (tip,)
    checks = [check for sha in recent for check in await platform.get_checks(repository, sha)]
    return frozenset(check.name for check in checks if check.state is not CheckState.SKIPPED)


def _ci_paths(files: Sequence[str]) -> list[str]:
    return [path for path in files if path in _CI_FILES or str(PurePosixPath(path).parent) in _CI_DIRECTORIES]


async def _workflow(ctx: StepContext, base: Sha, path: str) -> Workflow:
    data = await (await ctx.workspace()).read_file(base, path, WORKFLOW_BYTES)
    if data is None or len(data) >= WORKFLOW_BYTES:
        return Workflow(path=path)
    document = await asyncio.to_thread(read_yaml, data.decode(errors="replace"))
    return read_workflow(path, document)
