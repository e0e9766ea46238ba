"""Who else is at the forge during a storm: a maintainer who decides, and continuous integration that runs the tests."""

import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from services.gitea import People as Accounts
from services.gitea_repository import Repository
from tamma_core.domain.record import Record

CHECK = "ci/test"
_ASKED = re.compile(r"### (Plan \d+|The change needs a person) · `([0-9a-f]+)`")
_LOOK_EVERY_S = 0.3


class Project(Record, frozen=True):
    """Hold a repository on the forge, and where the forge keeps it."""

    repository: Repository
    git_dir: Path

    def git(self, *arguments: str) -> str:
        """Ask git about the forge's own copy."""
        return self.bytes(*arguments).decode()

    def bytes(self, *arguments: str) -> bytes:
        """Ask git for something that need not be text."""
        command = ["git", "-c", "safe.directory=*", f"--git-dir={self.git_dir}", *arguments]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def tests_pass(self, sha: str, extra: dict[str, str] | None = None) -> bool:
        """Run the tests of a commit, with more of them if they are given."""
        with tempfile.TemporaryDirectory(prefix="storm-ci-") as place:
            subprocess.run(["tar", "-x", "-C", place], input=self.bytes("archive", sha), check=True)
            for name, text in (extra or {}).items():
                (Path(place) / name).write_text(text)
            command = [sys.executable, "-B", "-m", "unittest", "-q"]
            return subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=60).returncode == 0


@dataclass(slots=True)
class Attending(AbstractContextManager["Attending"]):
    """Approve every plan, turn down every change that needs a person, and report the tests of every commit."""

    accounts: Accounts
    projects: Sequence[Project]
    issues: dict[int, tuple[Project, int]] = field(default_factory=dict)
    """Where the issue of each part is, while somebody works on it."""
    failures: list[str] = field(default_factory=list)
    green: set[str] = field(default_factory=set)
    _said: set[str] = field(default_factory=set)
    _tested: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="people", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Go home."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            for project in self.projects:
                self._test(project)
            for project, issue in list(self.issues.values()):
                self._decide(project, issue)

    def _test(self, project: Project) -> None:
        for line in project.git("for-each-ref", "--format=%(objectname)", "refs/heads").splitlines():
            if line in self._tested:
                continue
            self._tested.add(line)
            passed = project.tests_pass(line)
            if passed:
                self.green.add(line)
            status = {"context": CHECK, "state": "success" if passed else "failure"}
            project.repository.owner.call("POST", f"{project.repository.path}/statuses/{line}", dict(status))

    def _decide(self, project: Project, issue: int) -> None:
        repository = project.repository
        found: Any = repository.owner.call("GET", f"{repository.path}/issues/{issue}/comments")
        for comment in found:
            asked = _ASKED.match(comment["body"])
            if comment["user"]["login"] != self.accounts.bot.name or asked is None:
                continue
            name = f"{repository.path} {issue} {asked[2]}"
            if name in self._said:
                continue
            self._said.add(name)
            plan = asked[1].startswith("Plan")
            word = f"/tamma approve {asked[2]}" if plan else f"/tamma reject {asked[2]} the tests have to stay"
            repository.comment(issue, word, by=self.accounts.maintainer)
