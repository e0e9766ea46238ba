"""What reviewers ask for: threads become work for the agent, and are answered with the next head."""

from collections.abc import Sequence

from msgspec import field

from tamma_core.agent.text import quote
from tamma_core.domain import effects
from tamma_core.domain.events import CandidateRejected
from tamma_core.domain.ids import EffectKey, Sha
from tamma_core.domain.plan import Paragraph
from tamma_core.domain.pull_request import Review, ReviewVerdict
from tamma_core.domain.record import Record
from tamma_core.domain.review import ReviewItem, ReviewThread, ThreadAnswer
from tamma_core.domain.state import TaskState
from tamma_core.domain.task import StepName
from tamma_core.engine.published import code_text, markdown_text
from tamma_core.engine.rejection import EVIDENCE_LIMIT, reject
from tamma_core.engine.step import StepContext, StepResult
from tamma_core.guards.gate_facts import GateFacts
from tamma_core.ports.git_platform import KeepsReviewThreads, RequestsReviews

MOST_THREADS = 50
_TEXT_LIMIT = 4000
_ANSWER_LIMIT = 2000
_ASKED = (
    "Maintainers reviewed the change. Do what they ask for where it belongs to the task, and hand in an answer to each "
    "thread under its number: what you changed, or why not."
)


class NumberedAnswer(Record, frozen=True):
    """What the agent says to one thread."""

    thread: int
    answer: Paragraph


class ReviewedChange(Record, frozen=True):
    """What the implementing agent hands in when reviewers asked for something."""

    summary: Paragraph
    answers: list[NumberedAnswer] = field(default_factory=list)


async def open_threads(ctx: StepContext, facts: GateFacts) -> StepResult | None:
    """Answer what follows from open threads where nothing else speaks against the change."""
    items = await _items(ctx, facts)
    if not items:
        return None
    who = ", ".join(sorted({item.author for item in items}))
    return await changes_requested(ctx, facts, f"threads of reviewers are open: {who}", ())


async def are_threads_open(ctx: StepContext, facts: GateFacts) -> bool:
    """Tell whether somebody who may write waits for an answer now."""
    return bool(await _items(ctx, facts))


async def changes_requested(ctx: StepContext, facts: GateFacts, reason: str, words: Sequence[str]) -> StepResult:
    """Give what people with write access ask for to the agent; what others wrote is left where it is."""
    items = await _items(ctx, facts)
    rejected = CandidateRejected(
        sha=facts.our_head,
        by=StepName.MONITOR,
        reason=reason,
        evidence="\n".join(words)[:EVIDENCE_LIMIT],
        items=items,
    )
    return await reject(ctx, rejected)


def asked(state: TaskState) -> tuple[ReviewItem, ...]:
    """List what reviewers ask for and was not answered yet."""
    newest = {item.thread: item for item in state.review_items}
    return tuple(item for item in newest.values() if _key(item) not in _answered(state))


def quoted_items(state: TaskState) -> str:
    """Write the threads for a prompt; nothing where there are none."""
    items = asked(state)
    if not items:
        return ""
    shown = [f"Thread {number}, its place first:\n{_quoted(item)}" for number, item in enumerate(items, start=1)]
    return "\n".join((_ASKED, *shown))


def _quoted(item: ReviewItem) -> str:
    # The place is a path of the repository's, which may be any text.
    return quote("comment", f"{item.place}\n{item.text}", author=item.author, limit=2 * _TEXT_LIMIT)


def answered(state: TaskState, change: ReviewedChange) -> tuple[ThreadAnswer, ...]:
    """Name the threads that an agent's numbers stand for; a number that there is not stands for none."""
    items = asked(state)
    known = [answer for answer in change.answers if 0 < answer.thread <= len(items)]
    return tuple(ThreadAnswer(thread=items[answer.thread - 1].thread, text=answer.answer) for answer in known)


async def answer_threads(ctx: StepContext, head: Sha, number: int) -> None:
    """Say in each open thread what the shown head does about it, and resolve it."""
    answers = {answer.thread: answer.text for answer in ctx.state.answers}
    for item in asked(ctx.state):
        said = markdown_text(answers.get(item.thread, "The change was made anew."), _ANSWER_LIMIT)
        effect = effects.AnswerThread(
            key=EffectKey(_key(item)),
            repository=ctx.state.task.repository,
            number=number,
            thread=item.thread,
            body=f"{said}\n\nSee {head[:12]}.",
        )
        outcome = await ctx.perform(effect)
        if isinstance(outcome, effects.Declined):
            await ctx.say(f"thread at {item.place} stays unanswered: {outcome.reason}", level="warning")


async def ask_again(ctx: StepContext, facts: GateFacts) -> None:
    """Ask those to look again whose word was about an earlier head, once for each head."""
    ours = {facts.bot, facts.pull_request.author}
    people = sorted({review.author for review in facts.status.reviews if _outdated(review, facts.our_head)} - ours)
    if not people:
        return
    repository, number, names = ctx.state.task.repository, facts.pull_request.number, tuple(people)
    key = f"review-request:{facts.our_head}"
    if isinstance(await ctx.platform(), RequestsReviews):
        request = effects.RequestReview(key=EffectKey(key), repository=repository, number=number, reviewers=names)
        outcome = await ctx.perform(request)
        if not isinstance(outcome, effects.Declined):
            return
        if f"comment:{key}" not in ctx.state.effects:
            await ctx.say(f"the forge asks nobody to look again: {outcome.reason}", level="warning")
    told = ", ".join(code_text(name, 60) for name in people)
    body = f"The head is now `{facts.our_head[:12]}`. What {told} said is about an earlier one; please look again."
    await ctx.perform(
        effects.PostPullRequestComment(key=EffectKey(f"comment:{key}"), repository=repository, number=number, body=body)
    )


def _outdated(review: Review, head: Sha) -> bool:
    return review.verdict is not ReviewVerdict.COMMENTED and (review.stale or review.sha not in {None, head})


async def _items(ctx: StepContext, facts: GateFacts) -> tuple[ReviewItem, ...]:
    """Read the open threads of those who may write, asked from the forge now; our own answers are none."""
    platform, repository = await ctx.platform(), ctx.state.task.repository
    if not isinstance(platform, KeepsReviewThreads):
        return ()
    threads = await platform.list_review_threads(repository, facts.pull_request.number)
    found: list[ReviewItem] = []
    may: dict[str, bool] = {}
    for thread in threads:
        if thread.resolved or thread.author == facts.bot:
            continue
        for author in sorted({remark.author for remark in thread.remarks} - may.keys()):
            may[author] = await ctx.may_write(author)
        if may[thread.author]:
            found.append(_item(thread, may))
    return tuple(item for item in found if _key(item) not in _answered(ctx.state))[:MOST_THREADS]


def _item(thread: ReviewThread, may: dict[str, bool]) -> ReviewItem:
    words = [remark for remark in thread.remarks if may[remark.author]]
    place = f"{thread.path}:{thread.line}" if thread.line else thread.path
    text = "\n\n".join(part for part in (thread.hunk, *(remark.body for remark in words)) if part)
    return ReviewItem(thread=thread.id, last=words[-1].id, author=thread.author, place=place, text=text[:_TEXT_LIMIT])


def _key(item: ReviewItem) -> str:
    return f"thread:{item.thread}:{item.last}"


def _answered(state: TaskState) -> frozenset[str]:
    return frozenset(key for key, record in state.effects.items() if record.outcome is not None)
