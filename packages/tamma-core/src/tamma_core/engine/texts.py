"""What Tamma says on a forge."""

from collections.abc import Sequence

from tamma_core.domain.events import BaseTurnedRed, ChangeMerged
from tamma_core.domain.guard import GuardReport
from tamma_core.domain.ids import Sha
from tamma_core.domain.plan import Plan
from tamma_core.domain.state import TaskState
from tamma_core.domain.verification import VerificationReport
from tamma_core.engine.published import code_text, commit_text, markdown_line, markdown_text
from tamma_core.engine.request import TITLE_LIMIT, title_of

_LIMIT = 16_000
"""Four times the longest paragraph of a plan: what is neutralised grows, and an approver has to see all of it."""
_ITEM_LIMIT = 2000


def plan_comment(plan: Plan, *, name: str, version: int, base: Sha) -> str:
    """Show a version of the plan and how to decide about it."""
    parts = [
        f"### Plan {version} · `{name}`",
        markdown_text(plan.summary, _LIMIT),
        _list("Steps", plan.steps, ordered=True),
        _listed("Files", [code_text(path, _ITEM_LIMIT) for path in plan.files]),
        _list("Tests", plan.tests),
        f"**Reproduction:** {markdown_line(plan.reproduction, _ITEM_LIMIT)}" if plan.reproduction else "",
        _list("Risks", plan.risks),
        f"Base: `{base[:12]}`. {_decide(name, 'Somebody')}",
    ]
    return "\n\n".join(part for part in parts if part)


def diff_comment(state: TaskState, reasons: Sequence[str], *, name: str) -> str:
    """Show why a person must look at the difference, and how to decide about it."""
    candidate = state.candidate.sha[:12] if state.candidate else "?"
    return "\n\n".join(
        (
            f"### The change needs a person · `{name}`",
            _listed("Because", [markdown_line(reason, _LIMIT) for reason in reasons]),
            f"Commit: `{candidate}`. After looking at the difference, {_decide(name, 'somebody')}",
        )
    )


def _decide(name: str, who: str) -> str:
    ways = (f"```\n/tamma {verb}\n```" for verb in (f"approve {name}", f"reject {name} reason"))
    return "\n".join((f"{who} with write access decides:", *ways))


def ignored_comment(verb: str, author: str, why: str) -> str:
    """Say whose word does not count, and why."""
    return f"`{verb}` by {code_text(author, 60)} was ignored: {why}."


def pull_request_body(state: TaskState) -> str:
    """Describe the change: what and why, how it was checked, and who approved what."""
    candidate, plan, approval = state.candidate, state.plan, state.plan_approval
    parts = [
        markdown_text(candidate.summary, _LIMIT) if candidate else "",
        closing(state),
        f"**Plan** `{state.plan_hash}`: {markdown_line(plan.summary, _ITEM_LIMIT)}" if plan else "",
        f"Plan approved by {code_text(approval.by, 60)} ({approval.via})." if approval else "",
        f"**Verification:** {markdown_line(verification_text(state.verified.report), _ITEM_LIMIT)}"
        if state.verified
        else "",
        f"Made by Tamma, task `{state.task.id}`. It merges only this head, after its checks and reviews.",
    ]
    return "\n\n".join(part for part in parts if part)


def commit_message(state: TaskState, summary: str) -> str:
    """Write the message of the commit that holds the change."""
    parts = (commit_text(title_of(state), TITLE_LIMIT), commit_text(summary, 2000), closing(state))
    return "\n\n".join(part for part in parts if part)


def closing(state: TaskState) -> str:
    """Write what closes the task's issue, and no other, when the change is merged."""
    issue = state.task.issue
    if issue is None:
        return ""
    # A tracker whose keys are words is not a forge that closes by them.
    return f"Closes #{issue.key}" if issue.key.isalnum() else f"Issue: {commit_text(issue.key, 200)}"


def verification_text(report: VerificationReport) -> str:
    """Say in a few words what verification found."""
    if report.problem:
        return f"no verdict: {report.problem}"
    old = [failure.name for failure in report.failures if failure.kind != "new"]
    lines = [f"{report.tests_run} tests at this commit, {report.tests_run_on_base} at the base."]
    if report.reproduced is not None:
        shown = "fails" if report.reproduced else "passes as well"
        lines.append(f"The new or changed test {shown} on the base.")
    if report.contradicted_by:
        lines.append(
            f"As the base has them, these tests fail: {', '.join(name[:200] for name in report.contradicted_by[:5])}."
        )
    if report.unproven:
        lines.append(f"That these tests can fail was not shown: {report.unproven}.")
    if old:
        lines.append(f"Failing on the base too, or flaky: {', '.join(name[:200] for name in old[:5])}.")
    return " ".join(lines)


def rejection_text(report: VerificationReport) -> str:
    """Tell the next attempt what was wrong."""
    lines = [f"test `{failure.name}` fails: {failure.message}" for failure in report.failures if failure.kind == "new"]
    lines += [f"test `{name}` is gone" for name in report.missing_tests]
    lines += [f"`{check.command}` fails:\n{check.output}" for check in report.checks if check.speaks_against]
    if report.problem:
        lines.append(report.problem)
    return "\n".join(lines)


def guard_reasons(report: GuardReport) -> Sequence[str]:
    """List what the guard found, a line each."""
    return [f"{finding.rule}: {finding.path[:200]}: {finding.reason[:300]}" for finding in report.findings]


def status_comment(headline: str, reason: str, hint: str, task: str) -> str:
    """Say how a task stands and what lets it go on."""
    parts = (
        f"### Tamma {headline}",
        markdown_text(reason, _ITEM_LIMIT) if reason else "",
        f"What to do: {markdown_line(hint, _ITEM_LIMIT)}" if hint else "",
        f"Task `{task}`.",
    )
    return "\n\n".join(part for part in parts if part)


def red_base(base: str, merged: Sha, checks: Sequence[str]) -> str:
    """Say in one line what a merge did to the base."""
    names = ", ".join(code_text(name, 100) for name in checks[:10])
    return f"since the merge {merged[:12]} these checks fail on `{base}`: {names}"


def revert_body(state: TaskState, merged: ChangeMerged, red: BaseTurnedRed) -> str:
    """Say why a revert is proposed, and that nobody but people will merge it."""
    base = state.selected.base if state.selected else ""
    onto = merged.onto[:12] if merged.onto else "?"
    number = state.pull_request.number if state.pull_request else "?"
    parts = (
        f"This takes back pull request #{number}: {red_base(base, merged.sha, red.checks)}.",
        _list("Failing checks", red.checks[:50]),
        f"They did not fail on `{onto}`, the tip of `{base}` before the merge.",
        f"Proposed by Tamma, task `{state.task.id}`, which does not merge it: that is for a person.",
    )
    return "\n\n".join(parts)


def _list(title: str, items: Sequence[str], *, ordered: bool = False) -> str:
    return _listed(title, [markdown_line(item, _ITEM_LIMIT) for item in items], ordered=ordered)


def _listed(title: str, items: Sequence[str], *, ordered: bool = False) -> str:
    if not items:
        return ""
    marks = (f"{number}." if ordered else "-" for number in range(1, len(items) + 1))
    return f"**{title}**\n" + "\n".join(f"{mark} {item}" for mark, item in zip(marks, items, strict=True))
