"""Tell from the base's workflow files which checks a pull request of ours cannot have; in doubt it can."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import comb
from pathlib import PurePosixPath

from tamma_core.domain.record import Record
from tamma_core.guards.ci_state import plain_name

MOST_PATHS = 300
"""Forges run a workflow in spite of its path filter when more files changed."""
_ELSEWHERE = frozenset({"schedule", "workflow_dispatch", "repository_dispatch", "release"})
_PULL = frozenset({"pull_request", "pull_request_target"})
_PLAIN = re.compile(
    r"(?:\s|!|\(|\)|&&|\|\|"
    r"|(?:github\.(?:ref|event_name|repository|repository_owner|base_ref)|needs\.[\w-]+\.(?:result|outputs\.[\w-]+))\s*[=!]=\s*'[^']*'"
    r"|startsWith\(\s*github\.ref\s*,\s*'refs/tags[^']*'\s*\)|(?:success|failure|always|cancelled)\(\)|true|false)+"
)
"""A job's condition that looks at nothing whose words a stranger may have chosen: no title, label, name of a branch, message."""
_SPECIAL = re.compile(r"[*?+\[\]{}!\\]")
_STARS = re.compile(r"(\*+)")
_MOST_WAYS = 200_000


class Proposal(Record, frozen=True, kw_only=True):
    """Say what a workflow's filters look at; `prefix` is what our branches begin with, since issues name the rest."""

    base: str
    prefix: str
    paths: tuple[str, ...]


class Workflow(Record, frozen=True, kw_only=True):
    """Hold what a workflow file says; without triggers it could not be understood, and may do anything."""

    path: str
    name: str = ""
    jobs: frozenset[str] = frozenset()
    triggers: Mapping[str, object] | None = None
    exact: bool = False
    """Whether each of its jobs is one check that bears just its name: none a matrix, named by an expression, or reused."""
    optional: frozenset[str] = frozenset()
    """The jobs that it leaves out at times by a plain condition, of their own or of one that they need."""

    def spellings(self, job: str) -> frozenset[str]:
        """Answer how forges write a job's name: alone, or after that of the workflow or of its file."""
        own = (self.name, PurePosixPath(self.path).name)
        return frozenset({job, *(f"{name} / {job}".lstrip() for name in own)})

    def may_report(self, check: str) -> bool:
        """Tell whether a check can be one of its jobs, as forges write them: with or without the workflow's name."""
        if self.triggers is None:
            return True
        return bool(self.jobs_of(check))

    def jobs_of(self, check: str) -> frozenset[str]:
        """Name the jobs that a check can be of; that of a whole run is of all."""
        plain, file = plain_name(check), PurePosixPath(self.path).name
        if plain == f"run: {file}":
            return self.jobs
        # Some forges leave the place of a name that there is not empty.
        names = {plain, *(plain.removeprefix(f"{own} / ".lstrip()) for own in (self.name, file))}
        return frozenset(
            job
            for name in names
            for job in self.jobs
            if name == job or name.startswith((f"{job} (", f"{job} / ")) or "${{" in job
        )

    def had(self, check: str) -> bool:
        """Tell whether a check bears just the name of one of its jobs, or of that in a matrix; in doubt it does not."""
        file, plain = PurePosixPath(self.path).name, plain_name(check)
        if self.triggers is None:
            return False
        names = {name for job in self.jobs for name in self.spellings(job)}
        return plain == f"run: {file}" or any(plain == name or plain.startswith(f"{name} (") for name in names)

    def may_run(self, proposal: Proposal) -> bool:
        """Tell whether it can run at the head of a pull request of ours."""
        if self.triggers is None:
            return True
        return any(_may_trigger(event, filters, proposal) for event, filters in self.triggers.items())


def read_workflow(path: str, document: object) -> Workflow:
    """Read a parsed file; whatever is not as documented makes it one that may do anything."""
    unknown = Workflow(path=path)
    if not isinstance(document, dict):
        return unknown
    # YAML 1.1 reads the key `on` as a boolean.
    triggers = _triggers(document.get("on", document.get(True)))
    jobs, name = document.get("jobs"), document.get("name", "")
    if triggers is None or not isinstance(jobs, dict) or not jobs or not isinstance(name, str):
        return unknown
    labels = [job.get("name", key) if isinstance(job, dict) else None for key, job in jobs.items()]
    if not all(isinstance(label, str) for label in labels):
        return unknown
    exact = len(set(labels)) == len(labels) and all(
        _is_one_check(str(job.get("name", key)), job) for key, job in jobs.items()
    )
    optional = frozenset(str(jobs[key].get("name", key)) for key in _optional(jobs))
    return Workflow(
        path=path, name=name, jobs=frozenset(map(str, labels)), triggers=triggers, exact=exact, optional=optional
    )


def still_expected(names: Iterable[str], workflows: Iterable[Workflow], proposal: Proposal) -> frozenset[str]:
    """Leave out the checks whose every possible workflow cannot run for us; a check of no known one stays."""
    known = list(workflows)
    return frozenset(name for name in names if not _cannot_come(name, known, proposal))


def may_be_left_out(check: str, workflows: Iterable[Workflow]) -> bool:
    """Tell whether each job that a check can be of is left out at times by a plain condition; in doubt it is not."""
    known = list(workflows)
    jobs = [(workflow, job) for workflow in known for job in workflow.jobs_of(check)]
    certain = all(workflow.triggers is not None for workflow in known)
    return certain and bool(jobs) and all(job in workflow.optional for workflow, job in jobs)


def is_gone(check: str, then: Iterable[Workflow], now: Iterable[Workflow]) -> bool:
    """Tell whether a check was a job of workflows of an earlier commit, and can be none of those of a later one."""
    return any(workflow.had(check) for workflow in then) and not any(workflow.may_report(check) for workflow in now)


def are_asked_for(workflows: Iterable[Workflow], proposal: Proposal, names: Iterable[str]) -> bool:
    """Tell whether these checks have each job that may run for us among them; in doubt they do not.

    A name that two jobs share tells of neither.
    """
    running = [workflow for workflow in workflows if workflow.may_run(proposal)]
    jobs = [workflow.spellings(job) for workflow in running for job in workflow.jobs]
    bearers = Counter(name for spellings in jobs for name in spellings)
    asked = {name for name in map(plain_name, names) if bearers[name] == 1}
    return all(workflow.exact for workflow in running) and all(spellings & asked for spellings in jobs)


def _optional(jobs: Mapping[str, Mapping[str, object]]) -> set[str]:
    """Name the keys of jobs with a plain condition, and of those that need one of them."""
    conditions = {key: job.get("if", "") for key, job in jobs.items()}
    found = {key for key, condition in conditions.items() if condition != "" and _is_plain(condition)}
    for _ in jobs:  # what is needed may itself need something
        waiting = {key for key, job in jobs.items() if found & set(_strings(job.get("needs")) or ())}
        found |= {key for key in waiting if conditions[key] == "" or _is_plain(conditions[key])}
    return found


def _is_plain(condition: object) -> bool:
    if isinstance(condition, bool):
        return True
    text = str(condition).strip()
    return _PLAIN.fullmatch(text.removeprefix("${{").removesuffix("}}")) is not None


def _is_one_check(label: str, job: Mapping[str, object]) -> bool:
    return "${{" not in label and not {"strategy", "uses"} & set(job)


def _cannot_come(name: str, workflows: Iterable[Workflow], proposal: Proposal) -> bool:
    reporting = [workflow for workflow in workflows if workflow.may_report(name)]
    return bool(reporting) and not any(workflow.may_run(proposal) for workflow in reporting)


def _triggers(value: object) -> Mapping[str, object] | None:
    if isinstance(value, str):
        return {value: None}
    if isinstance(value, list) and value and all(isinstance(event, str) for event in value):
        return dict.fromkeys(value)
    if isinstance(value, dict) and value and all(isinstance(event, str) for event in value):
        return dict(value)
    return None


def _may_trigger(event: str, filters: object, proposal: Proposal) -> bool:
    if event in _ELSEWHERE:
        return False
    if event != "push" and event not in _PULL:
        return True
    if not isinstance(filters, dict):
        return True
    return _may_push(filters, proposal) if event == "push" else _may_pull(filters, proposal)


def _may_push(filters: Mapping[str, object], proposal: Proposal) -> bool:
    if "branches" in filters:
        wanted = _positive(filters["branches"])
        return wanted is None or any(_fits_prefix(pattern, proposal.prefix) for pattern in wanted)
    return "branches-ignore" in filters or not {"tags", "tags-ignore"} & set(filters)


def _may_pull(filters: Mapping[str, object], proposal: Proposal) -> bool:
    if _strings(filters.get("types")) == ["closed"]:
        return False
    branches = _positive(filters["branches"]) if "branches" in filters else None
    if branches is not None and not any(_may_match(pattern, proposal.base) for pattern in branches):
        return False
    if not proposal.paths or len(proposal.paths) > MOST_PATHS:
        return True
    paths = _positive(filters["paths"]) if "paths" in filters else None
    if paths is not None:
        return any(_may_match(pattern, path) for pattern in paths for path in proposal.paths)
    ignored = _strings(filters.get("paths-ignore")) or []
    return not all(any(_must_match(pattern, path) for pattern in ignored) for path in proposal.paths)


def _strings(value: object) -> list[str] | None:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    return None


def _positive(value: object) -> list[str] | None:
    """Answer the patterns that let something in; what those with `!` take away only makes it less."""
    return [pattern for pattern in _strings(value) or [] if not pattern.startswith("!")] or None


def _fits_prefix(pattern: str, prefix: str) -> bool:
    special = _SPECIAL.search(pattern)
    literal = pattern if special is None else pattern[: special.start()]
    if special is not None and special[0] in "?+":
        literal = literal[:-1]
    return literal.startswith(prefix) or prefix.startswith(literal)


def _may_match(pattern: str, text: str) -> bool:
    """Match too much rather than too little."""
    if _SPECIAL.search(pattern.replace("*", "")) or _takes_long(pattern, text):
        return True
    return re.fullmatch(f"{_regex(pattern, '.*')}(/.*)?", text, re.DOTALL) is not None


def _must_match(pattern: str, text: str) -> bool:
    """Match too little rather than too much."""
    if _SPECIAL.search(pattern.replace("*", "")) or _takes_long(pattern, text):
        return False
    return re.fullmatch(_regex(pattern, "[^/]*"), text) is not None


def _takes_long(pattern: str, text: str) -> bool:
    """Tell whether there are too many ways to lay the stars of a pattern over a text to try them all."""
    return comb(len(text), len(_STARS.findall(pattern))) > _MOST_WAYS


def _regex(pattern: str, star: str) -> str:
    parts = _STARS.split(pattern)
    return "".join((".*" if len(part) > 1 else star) if part.startswith("*") else re.escape(part) for part in parts)
