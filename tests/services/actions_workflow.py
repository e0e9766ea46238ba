"""Read the part of the workflow language that the tests' workflows use.

Whatever is not understood is an error by name: a job must fail clearly, never pass by omission.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.actions_wire import Task
from services.gitea_account import Json

Condition: TypeAlias = Literal["success()", "failure()", "always()", "false"]
Shell: TypeAlias = Literal["bash", "sh"]

_CONDITIONS: tuple[Condition, ...] = ("success()", "failure()", "always()", "false")
_SHELLS: tuple[Shell, ...] = ("bash", "sh")

_COMPARISON = re.compile(r"([\w.-]+) *(==|!=) *'([^']*)'")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*")
_JOB_KEYS = {"name", "runs-on", "steps", "env", "defaults", "timeout-minutes", "needs"}
_JOB_KEYS |= {"if", "strategy", "permissions"}
_STEP_KEYS = {"name", "id", "run", "uses", "with", "env", "if", "shell", "working-directory"}
_STEP_KEYS |= {"continue-on-error"}
_CHECKOUT_KEYS = {"ref", "fetch-depth", "persist-credentials"}


class WorkflowError(ValueError):
    """Say which part of a workflow this runner does not understand."""


@dataclass(frozen=True, slots=True)
class Script:
    """Run lines with `bash -eo pipefail` (or `sh -e`)."""

    text: str
    shell: Shell


@dataclass(frozen=True, slots=True)
class Checkout:
    """Fetch the commit of the run, or `ref`, into the workspace; depth 0 fetches all history."""

    ref: str
    depth: int


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one step with all its expressions filled in."""

    name: str
    action: Script | Checkout
    env: Mapping[str, str]
    condition: Condition
    directory: str
    continue_on_error: bool


@dataclass(frozen=True, slots=True)
class Job:
    """Hold one job."""

    name: str
    steps: tuple[Step, ...]
    timeout_s: float
    condition: Condition


def steps_count(task: Task) -> int:
    """Return how many steps Gitea expects states for, whether understood or not."""
    _, job = _only_job(task)
    steps = job.get("steps")
    return len(steps) if isinstance(steps, list) else 0


def parse_job(task: Task) -> Job:
    """Return the job of a task, or raise `WorkflowError`."""
    name, job = _only_job(task)
    _refuse_unknown("job", job, _JOB_KEYS)
    scope = _scope(task, job)
    defaults = _mapping(_mapping(job.get("defaults")).get("run"))
    env = {**_env(_document(task).get("env"), scope), **_env(job.get("env"), scope)}
    scope["env"] = dict(env)
    steps = job.get("steps")
    if not isinstance(steps, list) or not steps:
        raise WorkflowError(f"job `{name}` has no steps")
    parsed = tuple(_step(_mapping(step), defaults, env, scope) for step in steps)
    return Job(name, parsed, 60 * float(str(job.get("timeout-minutes") or 10)), _condition(job, scope))


def _step(
    step: Mapping[str, Json],
    defaults: Mapping[str, Json],
    env: Mapping[str, str],
    outer: Mapping[str, Json],
) -> Step:
    _refuse_unknown("step", step, _STEP_KEYS)
    own = {**env, **_env(step.get("env"), outer)}
    scope: dict[str, Json] = {**outer, "env": dict(own)}
    settings = {**defaults, **step}
    return Step(
        name=_fill(str(step.get("name") or step.get("uses") or step.get("run")), scope),
        action=_action(settings, scope),
        env=own,
        condition=_condition(step, scope),
        directory=_fill(str(settings.get("working-directory") or "."), scope),
        continue_on_error=step.get("continue-on-error") is True,
    )


def _condition(record: Mapping[str, Json], scope: Mapping[str, Json]) -> Condition:
    given = record.get("if")
    text = "success()" if given is None else str(given).removeprefix("${{").removesuffix("}}").strip()
    for known in _CONDITIONS:
        if known == text.lower():
            return known
    if compared := _COMPARISON.fullmatch(text):
        equal = _fill(f"${{{{ {compared[1]} }}}}", scope) == compared[3]
        return "success()" if equal == (compared[2] == "==") else "false"
    raise WorkflowError(f"`if: {text}` is not understood by this runner")


def _shell(step: Mapping[str, Json]) -> Shell:
    text = step.get("shell") or "bash"
    for known in _SHELLS:
        if known == text:
            return known
    raise WorkflowError(f"`shell: {text}` is not understood by this runner")


def _action(step: Mapping[str, Json], scope: Mapping[str, Json]) -> Script | Checkout:
    uses, run = step.get("uses"), step.get("run")
    if isinstance(run, str) and uses is None:
        return Script(_fill(run, scope), _shell(step))
    if isinstance(uses, str) and re.fullmatch(r"(https?://\S+/)?actions/checkout@\S+", uses):
        options = _mapping(step.get("with"))
        _refuse_unknown(f"`uses: {uses}`: option", options, _CHECKOUT_KEYS)
        ref = _fill(str(options.get("ref") or "${{ github.sha }}"), scope)
        depth = options.get("fetch-depth")
        return Checkout(ref, 1 if depth is None else int(str(depth)))
    raise WorkflowError(f"`uses: {uses}` is not understood by this runner")


def _scope(task: Task, job: Mapping[str, Json]) -> dict[str, Json]:
    matrix = _mapping(_mapping(job.get("strategy")).get("matrix"))
    chosen = {key: item[0] if isinstance(item, list) else item for key, item in matrix.items()}
    context = dict(task.context)
    secrets: dict[str, Json] = dict(task.secrets)
    variables: dict[str, Json] = dict(task.variables)
    scope: dict[str, Json] = {"github": context, "gitea": context, "matrix": dict(chosen)}
    return {**scope, "secrets": secrets, "vars": variables}


def _fill(text: str, scope: Mapping[str, Json]) -> str:
    """Replace each `${{ a.b.c }}` by its value; anything but a path is an error."""

    def value(match: re.Match[str]) -> str:
        path = match.group(1)
        if not _PATH.fullmatch(path) or path.partition(".")[0] not in scope:
            raise WorkflowError(f"expression `{path}` is not understood by this runner")
        found: Json = dict(scope)
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return "" if found is None else str(found)

    return _EXPRESSION.sub(value, text)


def _env(value: Json, scope: Mapping[str, Json]) -> dict[str, str]:
    return {key: _fill(str(item), scope) for key, item in _mapping(value).items()}


def _document(task: Task) -> Mapping[str, Json]:
    import yaml

    return _mapping(yaml.safe_load(task.workflow))


def _only_job(task: Task) -> tuple[str, Mapping[str, Json]]:
    jobs = _mapping(_document(task).get("jobs"))
    if len(jobs) != 1:
        raise WorkflowError(f"{len(jobs)} jobs in one task")
    name, job = next(iter(jobs.items()))
    return name, _mapping(job)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _refuse_unknown(what: str, record: Mapping[str, Json], known: set[str]) -> None:
    for key in record.keys() - known:
        raise WorkflowError(f"{what} key `{key}` is not understood by this runner")
