"""Ask people for a decision in the issue, and believe only those who may write."""

from collections.abc import Sequence
from itertools import takewhile

from tamma_core.domain.effects import PostIssueComment
from tamma_core.domain.events import ApprovalSubject, Approved, CommandIgnored, Rejected, WaitFor
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.record import Record
from tamma_core.domain.state import TaskState
from tamma_core.engine.commands import CommentCommand, commands_in
from tamma_core.engine.step import Done, Escalate, StepContext, Wait

MOST_IGNORED = 100
"""How many comments of people who may not write are told of, for one task."""


class Question(Record, frozen=True, kw_only=True):
    """Say what is to be decided, named by the hash of what is shown."""

    subject: ApprovalSubject
    hash: str
    comment: str
    reason: str


async def ask(ctx: StepContext, question: Question) -> Done | Wait | Escalate:
    """Post the question once where there is an issue, then look for answers of people entitled."""
    issue, settings = ctx.state.task.issue, ctx.state.settings
    if issue is not None:
        key = EffectKey(f"comment:{question.subject}:{question.hash}")
        await ctx.perform(PostIssueComment(key=key, issue=issue, body=question.comment))
        answers = _fresh(ctx.state, await _words(ctx, question.subject, question.hash))
        for answer in answers:
            await ctx.say(f"{question.subject} {question.hash}: {answer.type} by {answer.by} in the issue")
        if answers:
            return Done(answers)
    elif settings.rules.approvers is not None and ctx.state.pull_request is None:
        names = ", ".join(settings.rules.approvers)
        return Escalate(
            reason=f"only {names} may approve, on the forge, but the task has no issue to do it in",
            hint="file an issue and begin with that, or `tamma tasks cancel`",
        )
    waits = ctx.state.wait
    if waits is None or waits.reason != question.reason:
        await ctx.say(_how_to_decide(ctx.state, question))
    return Wait(
        wait_for=WaitFor.APPROVAL, reason=question.reason, poll_s=settings.poll_s, timeout_s=settings.approval_timeout_s
    )


def _how_to_decide(state: TaskState, question: Question) -> str:
    if state.settings.rules.approvers is not None:
        return f"one of {', '.join(state.settings.rules.approvers)} decides, with a comment in the issue"
    where = " or with a comment in the issue" if state.task.issue is not None else ""
    return f"decide with `tamma approve {state.task.id} {question.hash}`{where}; `reject` says no"


def _fresh(state: TaskState, words: Sequence[Approved | Rejected]) -> tuple[Approved | Rejected, ...]:
    """Answer what is new: the last word if it is no, else the approvals since the last no."""
    if words and isinstance(words[-1], Rejected):
        return (words[-1],)
    known = {(approval.hash, approval.comment) for approval in state.diff_approvals}
    standing = [*takewhile(lambda word: isinstance(word, Approved), reversed(words))]
    return tuple(word for word in reversed(standing) if (word.hash, getattr(word, "comment", "")) not in known)


async def last_word(ctx: StepContext, subject: ApprovalSubject, name: str) -> Approved | Rejected | None:
    """Answer the last word in the issue of somebody entitled, asked from the forge now."""
    words = await _words(ctx, subject, name)
    return words[-1] if words else None


async def plan_turned_down(ctx: StepContext) -> Escalate | None:
    """Answer what follows when a person's last word about the approved plan is no."""
    name = ctx.state.plan_hash
    word = await last_word(ctx, ApprovalSubject.PLAN, name) if ctx.state.plan_approval is not None else None
    if not isinstance(word, Rejected):
        return None
    return Escalate(
        reason=f"{word.by} rejected the plan after it was approved{word.reason and ': '}{word.reason}",
        hint=f"`/tamma approve {name}` in a new comment, then `tamma resume`, goes on; `tamma tasks cancel` ends the task",
    )


async def _words(ctx: StepContext, subject: ApprovalSubject, name: str) -> Sequence[Approved | Rejected]:
    """List the words in the issue of those who may write and, where the rules name approvers, approve; asked now."""
    issue = ctx.state.task.issue
    if issue is None:
        return ()
    platform = await ctx.platform()
    comments = await (await ctx.issue_source()).list_issue_comments(issue)
    asked: dict[str, bool] = {}
    words: list[Approved | Rejected] = []
    for command in commands_in(comments, hash=name, ourselves=await platform.current_user()):
        if command.verb == "approve" and command.comment in ctx.state.spent:
            continue
        if command.author not in asked:
            permission = await platform.get_permission(ctx.state.task.repository, command.author)
            asked[command.author] = permission.may_write
        flaw = _flaw(ctx, command) if asked[command.author] else "who may not write here"
        if not flaw:
            words.append(_decided(subject, command))
        elif command.comment not in ctx.state.ignored and len(ctx.state.ignored) < MOST_IGNORED:
            await ctx.record(CommandIgnored(comment=command.comment, author=command.author))
            await ctx.say(f"ignored `{command.verb}` by {command.author}, {flaw}", level="warning")
    return words


def _flaw(ctx: StepContext, command: CommentCommand) -> str:
    """Say why a word of somebody who may write does not count; anybody who may write can say no."""
    if command.verb == "reject":
        return ""
    if not ctx.state.settings.rules.may_approve(command.author):
        return "who may not approve by the rules of this repository"
    # Whoever may write can edit the comments of others, on Gitea for one, and their names stay under them.
    return "in a comment that was edited; write a new one" if command.edited else ""


def _decided(subject: ApprovalSubject, command: CommentCommand) -> Approved | Rejected:
    name, by = command.hash, command.author
    if command.verb == "approve":
        return Approved(subject=subject, hash=name, by=by, via="issue", comment=command.comment)
    return Rejected(subject=subject, hash=name, by=by, via="issue", reason=command.reason)
