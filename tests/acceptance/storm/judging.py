"""Judge a storm by what is on the forge, from its API and its git alone; the engine is not asked."""

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from acceptance.storm.people import Project
from acceptance.storm.projects import Part
from rehearsal import project as sample
from tamma_core.domain.record import Record
from tamma_core.domain.task import TaskStatus
from tamma_core.engine.publisher import STATUS_MARKER

_MARK = re.compile(r"<!-- tamma:(\S+?):(\S+) -->\s*\Z")
_HIDDEN_TESTS = """import unittest

from {module} import parse_duration


class Hidden(unittest.TestCase):
    def test_any_units(self) -> None:
        for text, seconds in (("2h5m7s", 7507), ("1h30m", 5400), ("3m", 180), ("", 0), ("10s10s", 20)):
            self.assertEqual(parse_duration(text), seconds)
"""


class Ended(Record, frozen=True, kw_only=True):
    """Hold how a task ended, as its last worker said, and what it took."""

    part: Part
    project: Project
    issue: int
    task: str
    status: TaskStatus | None
    reason: str
    lives: int
    kills: int
    resumes: int

    @property
    def parked(self) -> bool:
        """Tell whether it waits for a person, with a reason."""
        return self.status is TaskStatus.PAUSED and bool(self.reason)

    def line(self) -> str:
        """Write it for people."""
        return (
            f"{self.part.module} {self.part.kind.value:14} {self.status or 'no end':10} {self.kills:2} kills "
            f"{self.resumes} resumes  {' '.join(self.reason.split())[:120]}"
        )


def wrongs(ended: Ended, bot: str, green: AbstractSet[str]) -> Iterator[str]:
    """Name everything that is wrong with a task's end."""
    repository = ended.project.repository
    issue: Any = repository.owner.call("GET", f"{repository.path}/issues/{ended.issue}")
    comments: Any = repository.owner.call("GET", f"{repository.path}/issues/{ended.issue}/comments?limit=50")
    ours = [comment["body"] for comment in comments if comment["user"]["login"] == bot]
    pulls = [
        pull
        for pull in _pulls(ended.project)
        if pull["head"]["label"].endswith(_tail(ended)) or f"Closes #{ended.issue}\n" in pull["body"] + "\n"
    ]
    merged = [pull for pull in pulls if pull["merged"]]
    yield from _lost(ended, merged)
    yield from _doubled(ended, ours, pulls, merged)
    if bool(merged) != (issue["state"] == "closed"):
        yield f"lost: the issue is {issue['state']}, merged: {bool(merged)}"
    for pull in merged:
        yield from _wrong(ended, pull, green)


def _tail(ended: Ended) -> str:
    return ended.task[-6:].lower()


def _pulls(project: Project) -> list[Any]:
    repository, found, page = project.repository, [], 1
    while True:
        listed: Any = repository.owner.call("GET", f"{repository.path}/pulls?state=all&limit=50&page={page}")
        found += listed
        if len(listed) < 50:
            return found
        page += 1


def _lost(ended: Ended, merged: list[Any]) -> Iterator[str]:
    done = ended.status is TaskStatus.COMPLETED
    if not done and not ended.parked:
        yield f"lost: it ended as {ended.status}: {ended.reason}"
    if done != bool(merged):
        yield f"lost: it ended as {ended.status}, merged: {bool(merged)}"
    if ended.part.kind.mends and not done:
        yield f"lost: it was not merged: {ended.reason}"


def _doubled(ended: Ended, ours: list[str], pulls: list[Any], merged: list[Any]) -> Iterator[str]:
    marks = Counter(found[2] for body in ours if (found := _MARK.search(body)))
    yield from (f"doubled: {times} comments {mark}" for mark, times in marks.items() if times > 1)
    statuses = sum(STATUS_MARKER in body for body in ours)
    if statuses > 1:
        yield f"doubled: {statuses} comments on how it stands"
    said = sum(body.startswith("Merged as ") for body in ours)
    if said != bool(merged):
        yield f"doubled: `Merged as` {said} times" if said > 1 else f"lost: `Merged as` {said} times"
    plans = Counter(body.splitlines()[0].split("·")[0] for body in ours if body.startswith("### Plan"))
    yield from (f"doubled: {times} comments {name}" for name, times in plans.items() if times > 1)
    if len(pulls) > 1:
        yield f"doubled: pull requests {[pull['number'] for pull in pulls]}"
    heads = ended.project.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    left = [head for head in heads if head.endswith(_tail(ended))]
    if len(left) > (0 if merged else 1):
        yield f"doubled: branches {left} are left"


def _wrong(ended: Ended, pull: Any, green: AbstractSet[str]) -> Iterator[str]:
    part, project, sha = ended.part, ended.project, pull["merge_commit_sha"]
    if not part.kind.mends:
        yield f"wrong merge: {sha} of a change that mends nothing"
    if pull["head"]["sha"] not in green:
        yield f"wrong merge: {pull['head']['sha']} was never green"
    if not project.tests_pass(sha, {"test_hidden.py": _HIDDEN_TESTS.format(module=part.module)}):
        yield f"wrong merge: the tests do not pass at {sha}"
    tests = project.git("show", f"{sha}:{part.tests}")
    yield from (
        f"wrong merge: {line} is gone" for line in re.findall(r"self\.assert.*", sample.TESTS) if line not in tests
    )
    base = project.git("rev-parse", f"{sha}^1").strip()
    changed = set(project.git("diff", "--name-only", base, sha).split())
    if changed != {part.path, part.tests}:
        yield f"wrong merge: it changes {sorted(changed)}"


def wrong_history(project: Project, merges: AbstractSet[str]) -> Iterator[str]:
    """Name what is on the base branch and came from no merge that is accounted for."""
    first_parents = project.git("rev-list", "--first-parent", "main").split()
    yield from (f"wrong merge: {sha} on main is nobody's" for sha in first_parents[:-1] if sha not in merges)
    present = set(first_parents)
    yield from (f"wrong merge: {sha} is not on main" for sha in merges if sha not in present)


def merge_commits(project: Project) -> list[str]:
    """List what the forge says was merged."""
    return [pull["merge_commit_sha"] for pull in _pulls(project) if pull["merged"]]
