"""Ask people for a decision in the issue, and believe only those who may write."""

from dataclasses import dataclass

from tamma_core.domain.effects import PostIssueComment
from tamma_core.domain.events import ApprovalSubject, Approved, Rejected, WaitFor
from tamma_core.domain.ids import EffectKey
from tamma_core.engine.commands import CommentCommand, commands_in
from tamma_core.engine.step import Done, StepContext, Wait


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
        answer = await _answer(ctx, question)
        if answer is not None:
            return Done((answer,))
    settings = ctx.state.task.settings
    return Wait(
        wait_for=WaitFor.APPROVAL, reason=question.reason, poll_s=settings.poll_s, timeout_s=settings.approval_timeout_s
    )


async def _answer(ctx: StepContext, question: Question) -> Approved | Rejected | None:
    """Answer the last word of somebody who may write, asked from the forge now."""
    issue = ctx.state.task.issue
    if issue is None:
        return None
    platform = await ctx.platform()
    ourselves = await platform.current_user()
    comments = await (await ctx.issue_source()).list_issue_comments(issue)
    decision: Approved | Rejected | None = None
    for command in commands_in(comments, hash=question.hash, ourselves=ourselves):
        permission = await platform.get_permission(ctx.state.task.repository, command.author)
        if not permission.may_write:
            await ctx.say(f"ignored `{command.verb}` by {command.author}, who may not write here", level="warning")
            continue
        decision = _decided(question, command)
    if decision is not None:
        await ctx.say(f"{question.subject} {question.hash}: {decision.type} by {decision.by} in the issue")
    return decision


def _decided(question: Question, command: CommentCommand) -> Approved | Rejected:
    subject, name, by = question.subject, question.hash, command.author
    if command.verb == "approve":
        return Approved(subject=subject, hash=name, by=by, via="issue")
    return Rejected(subject=subject, hash=name, by=by, via="issue", reason=command.reason)
