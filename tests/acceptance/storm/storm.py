"""A storm: tasks on a real Gitea behind bad weather, with a faulty model, in workers that are killed again and again."""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from acceptance.storm.canaries import Canaries
from acceptance.storm.judging import Ended, merge_commits, wrong_history, wrongs
from acceptance.storm.model import FaultyModel
from acceptance.storm.people import CHECK, Attending, Project
from acceptance.storm.projects import Kind, Part
from acceptance.storm.weather import Weather, death, leap_s
from acceptance.storm.worker import Orders
from msgspec.structs import replace
from rehearsal.world import FORGE, SETTINGS, Place, World, world
from services.daemon import await_condition, bound_to_parent
from services.faulty_proxy import FaultyProxy, Watch
from services.gitea import Gitea, People
from tamma_core.domain.events import TaskResumed
from tamma_core.domain.ids import DeliveryId, TaskId
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.domain.task import Task, TaskStatus, Trigger
from tamma_providers.testing.anthropic import ScriptedAnthropic
from tamma_providers.testing.serving import serving

TESTS = Path(__file__).parents[2]
DEADLINE_S = 4.0
MOST_RESUMES = 3
"""So often a person lets a task go on that was parked by the weather."""
LONGEST_LIFE_S = 600.0
"""In bad weather nine tries of one step may take longer than five minutes."""
_KINDS = (
    Kind.GOOD,
    Kind.RED_FIRST,
    Kind.WEAKENED,
    Kind.GOOD,
    Kind.WEAKENED_FIRST,
    Kind.GOOD,
    Kind.GOOD,
    Kind.CLAIMED,
    Kind.GOOD,
    Kind.OVERFITTED,
)
"""What the tasks are, in turn."""


class Force(Record, frozen=True, kw_only=True):
    """Say how strong a storm is."""

    tasks: int
    in_one_repository: int
    at_once: int
    deaths: int
    """How often the workers of one task are killed at most."""
    reads: float = 0.12
    writes: float = 0.35
    model: float = 0.15
    """The share of requests that are spoiled."""


SHORT = Force(tasks=6, in_one_repository=3, at_once=6, deaths=4, reads=0.06, writes=0.25)
LONG = Force(tasks=100, in_one_repository=4, at_once=3, deaths=5)


class Report(Record, frozen=True, kw_only=True):
    """Hold what became of a storm."""

    seed: int
    ended: Sequence[Ended]
    wrong: Sequence[str]
    crashes: Sequence[str]
    leaks: Sequence[str]
    forge_faults: Counter[str]
    model_faults: Counter[str]

    def of(self, kind: str) -> list[str]:
        """List what is wrong of one kind: `wrong merge`, `doubled` or `lost`."""
        return [line for line in self.wrong if line.split(": ")[1] == kind]

    def lines(self) -> list[str]:
        """Write it for people."""
        merged = sum(ended.status is TaskStatus.COMPLETED for ended in self.ended)
        parked = sum(ended.parked for ended in self.ended)
        kills = sum(ended.kills for ended in self.ended)
        return [
            *(f"! {line}" for line in (*self.wrong, *self.crashes, *self.leaks)),
            f"faults of the forge: {_told(self.forge_faults)}",
            f"faults of the model: {_told(self.model_faults)}",
            f"seed {self.seed}: {len(self.ended)} tasks, {kills} kills, {merged} merged, {parked} parked",
            ", ".join(
                (
                    f"{len(self.of('wrong merge'))} wrong merges",
                    f"{len(self.of('doubled'))} doubled effects",
                    f"{len(self.of('lost'))} lost tasks",
                    f"{len(self.leaks)} secrets found",
                    f"{len(self.crashes)} crashes",
                )
            ),
        ]


def _told(faults: Counter[str]) -> str:
    return ", ".join(f"{times} {name}" for name, times in sorted(faults.items())) or "none"


@dataclass(slots=True)
class Storm:
    """Hold everything that takes part."""

    seed: int
    force: Force
    gitea: Gitea
    accounts: People
    data: Path
    tell: Callable[[str], None] = print
    """Hears of each task when it ends."""
    crashes: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    key: str = field(default_factory=lambda: secrets.token_hex(20))
    bystander: str = field(default_factory=lambda: secrets.token_hex(20))
    """A secret in the environment that is none of Tamma's."""

    def __post_init__(self) -> None:
        """Make the repositories."""
        self.parts = [Part(number, _KINDS[number % len(_KINDS)]) for number in range(self.force.tasks)]
        each = self.force.in_one_repository
        name = secrets.token_hex(3)
        for first in range(0, len(self.parts), each):
            parts = self.parts[first : first + each]
            files = {path: text for part in parts for path, text in part.files.items()}
            repository = self.gitea.create_repository(self.accounts.owner, f"storm-{name}-{first // each}", files)
            repository.admit(self.accounts.maintainer, self.accounts.bot)
            place = self.gitea.directory / "repositories" / self.accounts.owner.name / f"{repository.name}.git"
            self.projects.append(Project(repository, place))

    async def rage(self) -> Report:
        """Let it rage until every task has ended, and judge."""
        weather = Weather(self.seed, self.force.reads, self.force.writes)
        model = FaultyModel(self.seed, self.force.model, {part.number: part.script(self.key) for part in self.parts})
        canaries = Canaries([self.accounts.bot.token, self.key, self.bystander])

        def watch(where: str, sent: bytes) -> None:
            if canaries.found_in(sent):
                self.leaks.append(f"secret sent to the forge: {where}")

        scripted = ScriptedAnthropic(model)
        async with self._serving(scripted, weather, watch) as place, self._forking(), world(place) as opened:
            with Attending(self.accounts, self.projects) as people:
                ended = await self._all(opened, place, people)
        self.leaks += [
            f"secret sent to the model: {number}"
            for number, asked in enumerate(scripted.requests)
            if canaries.found_in(asked.body) or canaries.found_in(_headers(asked.headers))
        ]
        self.leaks += [f"secret on disk: {name}" for name in canaries.in_directory(self.data)]
        self.leaks += [f"secret on the forge: {name}" for name in canaries.in_directory(self.gitea.directory)]
        return Report(
            seed=self.seed,
            ended=ended,
            wrong=self._judge(ended, people.green),
            crashes=self.crashes,
            leaks=self.leaks,
            forge_faults=weather.faults,
            model_faults=model.faults,
        )

    @asynccontextmanager
    async def _serving(self, model: ScriptedAnthropic, weather: Weather, watch: Watch) -> AsyncIterator[Place]:
        async with (
            serving(model.app) as model_url,
            FaultyProxy(self.gitea.url, weather, watch) as proxy,
        ):
            yield Place(
                data=self.data,
                forge_url=proxy.url,
                forge_token=self.accounts.bot.token,
                model_url=model_url,
                model_key=self.key,
                request_deadline_s=DEADLINE_S,
                breaker_open_s=1.0,
                model_idle_s=2.0,
            )

    async def _all(self, opened: World, place: Place, people: Attending) -> list[Ended]:
        turns = asyncio.Semaphore(self.force.at_once)

        async def one(part: Part) -> Ended:
            async with turns:
                ended = await self._task(opened, place, people, part)
                people.issues.pop(part.number, None)
                self.tell("\n  ! ".join([ended.line(), *wrongs(ended, self.accounts.bot.name, people.green)]))
                return ended

        return await asyncio.gather(*(one(part) for part in self.parts))

    async def _task(self, opened: World, place: Place, people: Attending, part: Part) -> Ended:
        project = self.projects[part.number // self.force.in_one_repository]
        issue = project.repository.create_issue(part.title, f"It should add them up; {part.module} does not.")
        people.issues[part.number] = project, issue
        task = await opened.ports.journal.submit(_task(part, project, issue, opened))
        status, reason, lives, kills, resumes = None, "", 0, 0, 0
        while lives < self.force.deaths + 10:
            killed, said = await self._life(place, task, part, lives if kills < self.force.deaths else None)
            lives, kills = lives + 1, kills + killed
            if said is None:
                continue
            status, reason = TaskStatus(said["status"]), said["reason"]
            if status is not TaskStatus.PAUSED or resumes == MOST_RESUMES or not part.kind.mends:
                break
            resumes += 1
            self.tell(f"{part.module} is let go on: {' '.join(reason.split())[:300]}")
            await opened.ports.journal.signal(task, [TaskResumed(by="maintainer")])
        return Ended(
            part=part,
            project=project,
            issue=issue,
            task=task,
            status=status,
            reason=reason,
            lives=lives,
            kills=kills,
            resumes=resumes,
        )

    async def _life(
        self, place: Place, task: TaskId, part: Part, life: int | None
    ) -> tuple[bool, dict[str, str] | None]:
        """Run one worker to its end; tell whether it was killed, and what it said if it was not."""
        lived = (self.seed, part.number, life or 0)
        orders = Orders(place=place, task=task, death=None if life is None else death(*lived), leap_s=leap_s(*lived))
        reader, writer = await asyncio.open_unix_connection(self._nursery)
        writer.write(orders.written())
        pid = int(await reader.readline())
        try:
            async with asyncio.timeout(LONGEST_LIFE_S):
                said = await reader.readline()
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            said = b""
            self.crashes.append(f"{part.module}: a worker worked {LONGEST_LIFE_S:.0f} s without an end")
        writer.close()
        if not said:
            return True, None
        answer: dict[str, str] = json.loads(said)
        if "lost" in answer:
            return False, None
        if "crash" in answer:
            self.crashes.append(f"{part.module}: {answer['crash'][-2000:]}")
            return False, None
        return False, answer

    @property
    def _nursery(self) -> Path:
        return self.data / "nursery"

    @asynccontextmanager
    async def _forking(self) -> AsyncIterator[None]:
        """Keep a process from which workers are forked."""
        log = (self.data / "workers.log").open("wb")
        process = await asyncio.create_subprocess_exec(
            *bound_to_parent(),
            sys.executable,
            "-m",
            "acceptance.storm.worker",
            self._nursery,
            cwd=TESTS,
            stderr=log,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]),
                "STORM_BYSTANDER": self.bystander,
            },
        )
        try:
            await asyncio.to_thread(await_condition, self._nursery.exists, "there are workers", 60.0)
            yield
        finally:
            process.kill()
            await process.wait()
            log.close()

    def _judge(self, ended: Sequence[Ended], green: set[str]) -> list[str]:
        wrong = [f"{one.part.module}: {line}" for one in ended for line in wrongs(one, self.accounts.bot.name, green)]
        for project in self.projects:
            merges = set(merge_commits(project))
            wrong += [f"{project.repository.name}: {line}" for line in wrong_history(project, merges)]
        return wrong


def _headers(headers: dict[str, str]) -> bytes:
    return "\n".join(
        f"{name}: {value}" for name, value in headers.items() if name not in {"authorization", "x-api-key"}
    ).encode()


def _task(part: Part, project: Project, issue: int, opened: World) -> Task:
    """Make the task of an issue; its id is not random, so that the weather is the same next time."""
    slug = f"{project.repository.owner.name}/{project.repository.name}"
    ref = RepositoryRef(FORGE, slug)
    return Task(
        id=TaskId(f"STORM{part.number:06}"),
        repository=ref,
        trigger=Trigger.LABEL,
        delivery=DeliveryId(f"{slug}#{issue}"),
        created_at=opened.ports.clock.now(),
        issue=IssueRef(FORGE, ref, str(issue)),
        requested_by="maintainer",
        settings=replace(SETTINGS, expected_checks=(CHECK,)),
    )
