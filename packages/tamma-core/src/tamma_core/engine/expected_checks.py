"""Tell which checks a commit is going to have."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath

from msgspec.structs import replace

from tamma_core.domain.change import ChangeSet
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import Check, CheckState
from tamma_core.domain.task import StepName
from tamma_core.engine.request import selected
from tamma_core.engine.step import StepContext
from tamma_core.guards.ci_state import Expectation, have_settled, is_of_change, names_check, plain_name, ran
from tamma_core.guards.gate_facts import GateFacts
from tamma_core.guards.workflows import (
    Proposal,
    Workflow,
    are_asked_for,
    is_gone,
    may_be_left_out,
    read_workflow,
    still_expected,
)
from tamma_core.verification.ci.document import read_yaml

MOST_WORKFLOWS = 100
RECENT_COMMITS = 5
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
    """Expect at our head what the base's tip has, but for what its workflow files rule out there and a person accepted."""
    configured = await ci_configured(ctx, change.base)
    full = Expectation(required=required, usual=await _names(ctx, change.base), configured=configured)
    return _accepted(ctx, await _possible(ctx, full, on_head, change), ran(on_head), change.head)


async def with_earlier(ctx: StepContext, facts: GateFacts) -> Expectation:
    """Expect also what the commits before the base's tip have, but for jobs that it no longer has.

    Checks come late, to the tip as to a head: one that is at none of the two yet would be missed by nobody.
    """
    workspace, expected = await ctx.workspace(), facts.expectation
    change = await workspace.changes(facts.base_tip, facts.our_head)
    on_head = [check for check in facts.status.checks if check.sha == facts.our_head]
    ran_here, shown = ran(on_head), frozenset(check.name for check in on_head)
    _, *earlier = await workspace.first_parents(facts.base_tip, limit=RECENT_COMMITS)
    for sha in earlier:
        unseen = Expectation(usual=await _names(ctx, sha) - expected.usual - expected.accepted).missing(ran_here)
        if not unseen:
            continue
        asked = expected.usual | expected.accepted | ran_here
        gone = await _gone(ctx, unseen, sha, change, asked, shown)
        wider = replace(expected, usual=expected.usual | unseen - gone, gone=expected.gone | gone)
        expected = _accepted(ctx, await _possible(ctx, wider, on_head, change), ran_here, facts.our_head)
        if expected.missing(ran_here) and facts.seconds_since_push < facts.ci_timeout_s:
            break  # It is waited for, whatever else is missing; a person is told of all that is.
    return expected


async def _possible(ctx: StepContext, full: Expectation, on_head: Sequence[Check], change: ChangeSet) -> Expectation:
    """Leave out what the base's own workflow files rule out at our head, and what they skipped there by a plain condition."""
    if not full.configured or (on_head and not full.missing(ran(on_head))):
        return full
    paths = _ci_paths(await (await ctx.workspace()).list_files(change.base))
    workflows = await _workflows(ctx, change.base)
    if workflows is None:
        return full
    proposal = _proposal(ctx, change)
    skipped = {plain_name(check.name) for check in on_head} - {plain_name(name) for name in ran(on_head)}
    expected = still_expected(full.usual, workflows, proposal)
    left_out = {name for name in expected if plain_name(name) in skipped and may_be_left_out(name, workflows)}
    return replace(
        full,
        usual=expected - left_out,
        configured=len(workflows) < len(paths) or any(workflow.may_run(proposal) for workflow in workflows),
    )


def _proposal(ctx: StepContext, change: ChangeSet) -> Proposal:
    touched = {name for item in change.changes for name in (item.path, item.old_path) if name}
    return Proposal(
        base=selected(ctx.state).base, prefix=ctx.state.settings.branch_prefix, paths=tuple(sorted(touched))
    )


async def _gone(
    ctx: StepContext,
    names: frozenset[str],
    seen_at: Sha,
    change: ChangeSet,
    asked: frozenset[str],
    shown: frozenset[str],
) -> frozenset[str]:
    """Name the checks that were jobs at an earlier commit and can be none at the tip, where all have ended.

    What came in their place has to be asked for, or at our head; else neither the old name nor the new one would be missed.
    """
    checks = await (await ctx.platform()).get_checks(ctx.state.task.repository, change.base)
    of_changes = [check for check in checks if is_of_change(check.name)]
    if not have_settled(of_changes, ctx.now, ctx.state.settings.settle_s):
        return frozenset()
    then, now = await _workflows(ctx, seen_at), await _workflows(ctx, change.base)
    paths = _ci_paths(await (await ctx.workspace()).list_files(change.base))
    # What is configured for another system can have taken the place as well, under a name that no file tells.
    if then is None or now is None or len(now) < len(paths):
        return frozenset()
    seen = asked | {name for name in shown if may_be_left_out(name, now)}
    if not are_asked_for(now, _proposal(ctx, change), seen):
        return frozenset()
    return frozenset(name for name in names if is_gone(name, then, now))


def _accepted(ctx: StepContext, expected: Expectation, ran_here: frozenset[str], head: Sha) -> Expectation:
    """Leave out what a person let this head go on without; what the branch's protection names stays required."""
    lifted = ctx.state.lifted
    if lifted is None or lifted.step is not StepName.MONITOR:
        return expected
    missing = expected.missing(ran_here) & expected.usual
    taken = frozenset(name for name in missing if names_check(lifted.reason, name, head))
    return replace(expected, usual=expected.usual - taken, accepted=expected.accepted | taken)


async def _names(ctx: StepContext, sha: Sha) -> frozenset[str]:
    checks = await (await ctx.platform()).get_checks(ctx.state.task.repository, sha)
    return frozenset(
        check.name for check in checks if check.state is not CheckState.SKIPPED and is_of_change(check.name)
    )


def _ci_paths(files: Sequence[str]) -> list[str]:
    return [path for path in files if path in _CI_FILES or str(PurePosixPath(path).parent) in _CI_DIRECTORIES]


async def _workflows(ctx: StepContext, sha: Sha) -> Sequence[Workflow] | None:
    """Read the workflow files of a commit; none where they are too many."""
    paths = _ci_paths(await (await ctx.workspace()).list_files(sha))
    files = [path for path in paths if str(PurePosixPath(path).parent) in _WORKFLOWS]
    if len(files) > MOST_WORKFLOWS:
        return None
    return [await _workflow(ctx, sha, path) for path in files]


async def _workflow(ctx: StepContext, base: Sha, path: str) -> Workflow:
    data = await (await ctx.workspace()).read_file(base, path, WORKFLOW_BYTES)
    if data is None or len(data) >= WORKFLOW_BYTES:
        return Workflow(path=path)
    document = await asyncio.to_thread(read_yaml, data.decode(errors="replace"))
    return read_workflow(path, document)
