"""Ask people for a decision in the issue, and believe only those who may write."""

import asyncio

from tamma_core.domain.effects import PostIssueComment
from tamma_core.domain.errors import InvalidInput, NotFound, NotNow, PermissionDenied
from tamma_core.domain.events import ApprovalSubject, Approved, CommandIgnored, Rejected, WaitFor
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.record import Record
from tamma_core.domain.standing import Ignored, Standing, Word, in_comment, standing
from tamma_core.domain.state import TaskState
from tamma_core.engine.commands import CommentCommand, commands_in
from tamma_core.engine.step import Done, Escalate, StepContext, Wait
from tamma_core.engine.texts import ignored_comment

MOST_IGNORED = 100
"""How many comments that do not count are told of in the log, for one task."""
MOST_TOLD = 10
"""How many of them, of people who may write, are told of in the issue."""
_TOLD = "comment:ignored:"


class Question(Record, frozen=True, kw_only=True):
    """Say what is to be decided, named by the hash of what is shown."""

    subject: ApprovalSubject
    hash: str
    comment: str
    reason: str


def question_key(subject: ApprovalSubject, name: str) -> EffectKey:
    """Answer the key of the comment that asks by this name."""
    return EffectKey(f"comment:{subject}:{name}")


async def ask(ctx: StepContext, question: Question) -> Done | Wait | Escalate:
    """Post the question once where there is an issue, then look for approvals of people entitled."""
    issue, settings = ctx.state.task.issue, ctx.state.settings
    if issue is not None:
        key = question_key(question.subject, question.hash)
        await ctx.perform(PostIssueComment(key=key, issue=issue, body=question.comment))
        known = {(approval.hash, approval.comment) for approval in ctx.state.diff_approvals}
        found = (await hear(ctx, question.subject, ctx.state.subject_of(question.hash))).approvals
        answers = tuple(word for word in found if word.said_at and (word.hash, word.comment) not in known)
        for answer in answers:
            await ctx.say(f"{question.subject} {question.hash}: approved by {answer.by} in the issue")
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


async def hear(ctx: StepContext, subject: ApprovalSubject, decided: str) -> Standing:
    """Answer what stands of all that people said about what has this hash, or was asked about; tell once what does not count."""
    comments: list[Word] = []
    if ctx.state.task.issue is not None:
        ourselves = await (await ctx.platform()).current_user()
        for name in sorted(ctx.state.names_of(decided)):
            said = await asyncio.to_thread(commands_in, await ctx.comments(), hash=name, ourselves=ourselves)
            comments += [_word(subject, one) for one in said]
    journal = ctx.state.words_about(decided)
    approvals = [word for word in journal if isinstance(word.said, Approved)]
    authors = {word.said.by for word in (*comments, *approvals) if word.said.via == "issue"}
    writers = {author for author in sorted(authors) if await ctx.may_write(author)}
    found = standing(comments, journal, writers=writers, rules=ctx.state.settings.rules)
    for ignored in found.ignored:
        await _tell(ctx, ignored)
    return found


async def take_up(ctx: StepContext, found: Standing) -> Rejected | None:
    """Answer the no to act upon, journaled; one that a resume lifted is, unless a comment still says it."""
    no = found.rejection
    if no is None or no == ctx.state.rejection:
        return no
    if not found.still_said:
        return None
    await ctx.record(no)
    await ctx.say(f"{no.subject} {no.hash}: rejected by {no.by} in the issue")
    return no


async def plan_turned_down(ctx: StepContext) -> Escalate | None:
    """Answer what follows when a person's last word about the approved plan is no."""
    name = ctx.state.plan_hash
    no = (await hear(ctx, ApprovalSubject.PLAN, name)).rejection if ctx.state.plan_approval is not None else None
    if no is None:
        return None
    return Escalate(
        reason=f"{no.by} rejected the plan after it was approved{no.reason and ': '}{no.reason}",
        hint=f"`/tamma approve {name}` in a new comment, then `tamma resume`, goes on; `tamma tasks cancel` ends the task",
    )


async def _tell(ctx: StepContext, ignored: Ignored) -> None:
    """Say that a comment does not count: in the log and, where its author may write, in the issue, so that nobody waits."""
    said, issue = ignored.said, ctx.state.task.issue
    if said.comment in ctx.state.ignored or issue is None:
        return
    verb = "approve" if isinstance(said, Approved) else "reject"
    if ignored.may_write:
        key = EffectKey(f"{_TOLD}{said.comment}")
        if key not in ctx.state.effects and sum(name.startswith(_TOLD) for name in ctx.state.effects) >= MOST_TOLD:
            return
        try:
            body = ignored_comment(verb, said.by, ignored.why)
            await ctx.perform(PostIssueComment(key=key, issue=issue, body=body))
        except NotNow:
            return  # an answer that counts is taken up at night as well; this is told in the morning
        except (PermissionDenied, NotFound, InvalidInput) as error:
            # A locked issue, for one: what counts is taken up all the same, and the log says the rest.
            await ctx.say(f"could not tell {said.by} in the issue: {error.message}", level="warning")
    elif len(ctx.state.ignored) >= MOST_IGNORED:
        return
    await ctx.record(CommandIgnored(comment=said.comment, author=said.by))
    await ctx.say(f"ignored `{verb}` by {said.by}, {ignored.why}", level="warning")


def _word(subject: ApprovalSubject, command: CommentCommand) -> Word:
    said: Approved | Rejected
    name, by, comment, at = command.hash, command.author, command.comment, command.at
    if command.verb == "approve":
        said = Approved(subject=subject, hash=name, by=by, via="issue", comment=comment, said_at=at)
    else:
        said = Rejected(
            subject=subject, hash=name, by=by, via="issue", reason=command.reason, comment=comment, said_at=at
        )
    return in_comment(said, at, edited=command.edited)
