"""How a task stands, in words, in JSON and as an exit code."""

from collections.abc import Iterator

from tamma_core.domain.state import TaskState
from tamma_core.domain.task import TaskStatus

from tamma_cli.boundary import FAILED, OK
from tamma_cli.screen import JsonRow, Screen
from tamma_cli.terminal_text import one_line

_STYLES = {
    TaskStatus.COMPLETED: "bold green",
    TaskStatus.FAILED: "bold red",
    TaskStatus.CANCELLED: "yellow",
    TaskStatus.PAUSED: "yellow",
}


def exit_code(state: TaskState) -> int:
    """Answer 1 for what failed, was parked or cancelled, and 0 for what is done or goes on later."""
    return FAILED if state.status in {TaskStatus.FAILED, TaskStatus.PAUSED, TaskStatus.CANCELLED} else OK


def money(state: TaskState) -> str:
    """Write what a task has cost so far."""
    known = f"{state.cost_usd:.4f} USD"
    return known if state.cost_known else f"{known} and calls of unknown price"


def reason_and_hint(state: TaskState) -> tuple[str, str]:
    """Say why a task stands where it does, and what lets it go on."""
    name = state.task.id
    if state.status is TaskStatus.PAUSED and state.parked is not None:
        return state.parked.reason, state.parked.hint
    if state.status is TaskStatus.PAUSED:
        return "by a person", f"`tamma resume {name}` goes on"
    if state.status is TaskStatus.WAITING and state.wait is not None:
        waited = question(state) if state.settings.rules.approvers is None else ""
        how = (
            f"`tamma approve {name} {waited}`, then `tamma resume {name}`"
            if waited
            else f"`tamma resume {name}` goes on"
        )
        return state.wait.reason, how
    return state.ended_because, state.ended_hint


def question(state: TaskState) -> str:
    """Answer the hash of what waits for a person's decision, or nothing."""
    from tamma_core.domain.events import WaitFor
    from tamma_core.domain.task import StepName

    if state.status is not TaskStatus.WAITING or state.wait is None or state.wait.wait_for is not WaitFor.APPROVAL:
        return ""
    if state.wait.step is StepName.APPROVE:
        return state.plan_hash
    return state.diff_question or (state.candidate.guard.diff_hash if state.candidate else "")


def summary(state: TaskState) -> JsonRow:
    """Describe a task as one JSON object."""
    reason, hint = reason_and_hint(state)
    return {
        "task": state.task.id,
        "status": state.status.value,
        "step": state.step.value if state.step else None,
        "repository": str(state.task.repository),
        "issue": str(state.task.issue) if state.task.issue else None,
        "title": title(state),
        "plan": state.plan_hash or None,
        "waitingFor": state.wait.wait_for.value if state.wait else None,
        "approve": question(state) or None,
        "branch": state.branch or None,
        "pullRequest": state.pull_request.url or state.pull_request.number if state.pull_request else None,
        "merged": state.merged.sha if state.merged else None,
        "reason": reason,
        "hint": hint,
        "attempts": state.attempts,
        "tokens": state.usage.total_tokens,
        "costUsd": str(state.cost_usd) if state.cost_known else None,
        "commands": {
            "count": state.used.commands,
            "wallS": round(state.used.wall_s, 3),
            "userS": round(state.used.user_s, 3),
            "systemS": round(state.used.system_s, 3),
            "peakMemoryBytes": state.used.peak_memory_bytes,
            "peakProcesses": state.used.peak_processes,
            "outputBytes": state.used.output_bytes,
            "writtenBytes": state.used.written_bytes,
        },
        "network": list(network_lines(state)),
    }


def commands_line(state: TaskState) -> str:
    """Tell what all commands in the sandbox took, or nothing when there were none."""
    used = state.used
    if not used:
        return ""
    return (
        f"{used.commands:,}, {used.wall_s:.1f} s, of the processor {used.user_s:.1f} s and {used.system_s:.1f} s in the "
        f"kernel, at most {used.peak_memory_bytes >> 20:,} MB and {used.peak_processes} processes at once, "
        f"{_kilobytes(used.output_bytes)} said, {_kilobytes(used.written_bytes)} written"
    )


def network_lines(state: TaskState) -> Iterator[str]:
    """Tell what the set-up of dependencies reached, and what it was not let through to."""
    for use in state.networks:
        if use.network == "host":
            yield "the host's own, of which nothing is counted"
        for host in use.traffic.passed:
            sent, received = _kilobytes(host.sent_bytes), _kilobytes(host.received_bytes)
            yield f"{host.host}: {host.connections} connections, {sent} sent, {received} received"
        for refusal in use.traffic.refused:
            yield f"refused {refusal.count} times: {one_line(refusal.target, 120)} {one_line(refusal.reason, 200)}"


def _kilobytes(size_bytes: int) -> str:
    return f"{-(-size_bytes // 1024):,} kB"


def title(state: TaskState) -> str:
    """Answer one line about what was asked for."""
    if state.selected is not None and state.selected.issue is not None:
        return state.selected.issue.title
    return next(iter(state.task.text.strip().splitlines()), "")


def report(screen: Screen, state: TaskState) -> int:
    """Tell how a task stands at the end of a command, and answer the exit code."""
    reason, hint = reason_and_hint(state)
    if screen.as_json:
        screen.row(summary(state))
    else:
        screen.say(f"task {state.task.id}: {state.status.value}", style=_STYLES.get(state.status, "bold"))
        screen.data(f"{state.status.value}: {reason}" if reason else state.status.value)
    if hint:
        screen.say(f"hint: {hint}", style="yellow")
    return exit_code(state)
