"""Know the repository's own rules: from the base branch, and never from a change."""

import re

from tamma_core.domain.errors import NeedsHuman, UserError
from tamma_core.domain.events import PolicyRead
from tamma_core.domain.ids import Sha
from tamma_core.domain.rules import Rules
from tamma_core.domain.task import StepName
from tamma_core.engine.request import selected
from tamma_core.engine.step import Escalate, StepContext
from tamma_core.workspace.workspace import Workspace

POLICY_FILE = ".tamma/policy.yaml"
POLICY_BYTES = 65_536
# Who misspells the name believes to have rules; none must not be what comes of it.
_ALIKE = re.compile(r"\.tamma/polic(y|ies)(\.[a-z]+)?|\.tamma\.(ya?ml|json|toml)", re.IGNORECASE)


async def know_policy(ctx: StepContext, step: StepName) -> Escalate | None:
    """Read the rules at the base that work is measured against, where they are not known yet; park when they are no good."""
    if ctx.state.selected is None or ctx.state.policy is not None:
        return None
    try:
        await read_policy(ctx, ctx.state.base_sha)
    except NeedsHuman as error:
        # The file is mended by a commit, so that work begins at another one.
        return await ctx.refuse(step, error.message, error.hint, reselect=True)
    return None


async def read_policy(ctx: StepContext, base_sha: Sha) -> None:
    """Read and journal the rules at a commit of the base; raise `NeedsHuman` when they cannot be read."""
    known = ctx.state.policy
    if known is not None and known.base_sha == base_sha:
        return
    workspace = await ctx.workspace()
    try:
        policy = await _policy_at(ctx, workspace, base_sha)
        _check_approvers(ctx, policy)
    except UserError as error:
        base = selected(ctx.state).base
        hint = f"correct it on `{base}`, then `tamma resume`"
        raise NeedsHuman(f"the rules of `{base}` cannot be used: {error.message}", hint=hint) from error
    await ctx.record(PolicyRead(base_sha=base_sha, policy=policy))
    if policy is not None:
        await ctx.say(f"rules of the repository: `{POLICY_FILE}` at {base_sha[:12]}")


def _check_approvers(ctx: StepContext, policy: Rules | None) -> None:
    if policy is not None and ctx.state.task.settings.under(policy).rules.approvers == ():
        raise UserError(f"`{POLICY_FILE}` and the configuration name no approver in common, so nobody could approve")


async def _policy_at(ctx: StepContext, workspace: Workspace, base_sha: Sha) -> Rules | None:
    alike = [path for path in await workspace.list_files(base_sha) if _ALIKE.fullmatch(path) and path != POLICY_FILE]
    if alike:
        raise UserError(f"`{alike[0]}` looks like rules, but they are read from `{POLICY_FILE}` alone")
    data = await workspace.read_file(base_sha, POLICY_FILE, POLICY_BYTES + 1)
    if data is None:
        return None
    if len(data) > POLICY_BYTES:
        raise UserError(f"`{POLICY_FILE}` is larger than {POLICY_BYTES // 1024} KiB")
    return ctx.ports.read_policy(POLICY_FILE, data)
