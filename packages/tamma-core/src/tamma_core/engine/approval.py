"""Ask people for a decision in the issue, and believe only those who may write."""

from dataclasses import dataclass

from tamma_core.domain.effects import PostIssueComment
from tamma_core.domain.events import ApprovalSubject, Approved, CommandIgnored, Rejected, WaitFor
from tamma_core.domain.ids import EffectKey
from tamma_core.engine.commands import CommentCommand, commands_in
from tamma_core.engine.step import Done, StepContext, Wait

MOST_IGNORED = 100
"""How many comments of people who may not write are told of, for one task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Say what is to be decided, named by the hash of what is shown."""

    subject: ApprovalSubject
    hash: str
    comment: str
    reason: str


async def ask(ctx: StepContext, question: Question) -> Done | Wait:
    """Post the question once where there is an issue, then look for an answer of somebody entitled."""
    issue = ctx.state.task.issue
    if issue is not None:
        key = EffectKey(f"comment:{question.subject}:{question.hash}")
        await ctx.perform(PostIssueComment(key=key, issue=issue, body=question.comment))
        answer = await last_word(ctx, question.subject, question.hash)
        if answer is not None:
            said = answer.type
            await ctx.say(f"{question.subject} {question.hash}: {said} by {answer.by} in the issue")
            return Done((answer,))
    settings, waits = ctx.state.task.settings, ctx.state.wait
    if waits is None or waits.reason != question.reason:
        where = " or with a comment in the issue" if issue is not None else ""
        await ctx.say(f"decide with `tamma approve {ctx.state.task.id} {question.hash}`{where}; `reject` says no")
    return Wait(
        wait_for=WaitFor.APPROVAL, reason=question.reason, poll_s=settings.poll_s, timeout_s=settings.approval_timeout_s
    )


async def last_word(ctx: StepContext, subject: ApprovalSubject, name: str) -> Approved | Rejected | None:
    """Answer the last word in the issue of somebody who may write, asked from the forge now."""
    issue = ctx.state.task.issue
    if issue is None:
        return None
    platform = await ctx.platform()
    comments = await (await ctx.issue_source()).list_issue_comments(issue)
    asked: dict[str, bool] = {}
    decision: Approved | Rejected | None = None
    for command in commands_in(comments, hash=name, ourselves=await platform.current_user()):
        if command.verb == "approve" and command.comment in ctx.state.spent:
            continue
        if command.author not in asked:
            permission = await platform.get_permission(ctx.state.task.repository, command.author)
            asked[command.author] = permission.may_write
        if asked[command.author]:
            decision = _decided(subject, command)
        elif command.comment not in ctx.state.ignored and len(ctx.state.ignored) < MOST_IGNORED:
            await ctx.record(CommandIgnored(comment=command.comment, author=command.author))
            await ctx.say(f"ignored `{command.verb}` by {command.author}, who may not write here", level="warning")
    return decision


def _decided(subject: ApprovalSubject, command: CommentCommand) -> Approved | Rejected:
    name, by = command.hash, command.author
    if command.verb == "approve":
        return Approved(subject=subject, hash=name, by=by, via="issue", comment=command.comment)
    return Rejected(subject=subject, hash=name, by=by, via="issue", reason=command.reason)
