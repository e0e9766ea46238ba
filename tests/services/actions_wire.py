"""Speak the runner's side of Gitea Actions: Connect calls with JSON bodies."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from services.gitea_account import Json

if TYPE_CHECKING:
    import httpx2

Result: TypeAlias = Literal[
    "RESULT_UNSPECIFIED", "RESULT_SUCCESS", "RESULT_FAILURE", "RESULT_CANCELLED", "RESULT_SKIPPED"
]

_SERVICE = "/api/actions/runner.v1.RunnerService"


@dataclass(frozen=True, slots=True)
class Task:
    """Hold one job as Gitea hands it out, once."""

    id: str
    workflow: bytes
    """YAML with exactly one job, its matrix already chosen."""
    context: Mapping[str, Json] = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str]


@dataclass(slots=True)
class StepState:
    """Report one step; `log_index` and `log_length` say which of the task's lines are its own."""

    id: int
    result: Result = "RESULT_UNSPECIFIED"
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    log_index: int = 0
    log_length: int = 0

    def to_wire(self) -> Json:
        """Return the message `StepState`."""
        return {
            "id": str(self.id),
            "result": self.result,
            "startedAt": timestamp(self.started_at),
            "stoppedAt": timestamp(self.stopped_at),
            "logIndex": str(self.log_index),
            "logLength": str(self.log_length),
        }


@dataclass(slots=True)
class TaskState:
    """Report a whole job; a result other than `RESULT_UNSPECIFIED` ends it for good."""

    id: str
    started_at: datetime
    steps: list[StepState]
    result: Result = "RESULT_UNSPECIFIED"
    stopped_at: datetime | None = None

    def to_wire(self) -> Json:
        """Return the message `TaskState`."""
        return {
            "id": self.id,
            "result": self.result,
            "startedAt": timestamp(self.started_at),
            "stoppedAt": timestamp(self.stopped_at),
            "steps": [step.to_wire() for step in self.steps],
        }


class RunnerWire:
    """Call the methods of `RunnerService`; `http` has Gitea's address as its base.

    Errors: `httpx2.TransportError` and `httpx2.HTTPStatusError`, as they come.
    Source: the `runner.v1` protocol that Gitea's server publishes.
    """

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http
        self._headers: dict[str, str] = {}

    async def register(self, token: str, name: str, labels: Sequence[str]) -> None:
        """Register a runner and declare its labels; later calls carry what it was given."""
        body: Json = {"name": name, "token": token, "version": "1", "labels": list(labels)}
        runner = (await self._call("Register", body))["runner"]
        if not isinstance(runner, dict):
            raise TypeError(f"no runner in the answer to Register: {runner!r}")
        self._headers["x-runner-uuid"] = str(runner["uuid"])
        self._headers["x-runner-token"] = str(runner["token"])
        await self._call("Declare", {"version": "1", "labels": list(labels)})

    async def fetch(self, version: str) -> tuple[Task | None, str]:
        """Return a job if one waits, and the version that says whether to look again.

        The version "0" always looks; the last one returned looks only after a change.
        """
        answer = await self._call("FetchTask", {"tasksVersion": version})
        task = answer.get("task")
        return (_task(task) if isinstance(task, dict) else None), str(answer["tasksVersion"])

    async def append_log(self, task: str, index: int, rows: Sequence[tuple[datetime, str]], last: bool) -> int:
        """Append lines from number `index` on and return how many lines Gitea has now."""
        lines: list[Json] = [{"time": timestamp(at), "content": line} for at, line in rows]
        body: Json = {"taskId": task, "index": str(index), "rows": lines, "noMore": last}
        return int(str((await self._call("UpdateLog", body)).get("ackIndex", "0")))

    async def update(self, state: TaskState) -> Result:
        """Report the state and return Gitea's: `RESULT_CANCELLED` asks the runner to stop."""
        answer = await self._call("UpdateTask", {"state": state.to_wire()})
        theirs = answer.get("state")
        cancelled = isinstance(theirs, dict) and theirs.get("result") == "RESULT_CANCELLED"
        return "RESULT_CANCELLED" if cancelled else "RESULT_UNSPECIFIED"

    async def _call(self, method: str, body: Json) -> dict[str, Json]:
        response = await self._http.post(f"{_SERVICE}/{method}", json=body, headers=self._headers)
        response.raise_for_status()
        answer: dict[str, Json] = response.json()
        return answer


def timestamp(at: datetime | None) -> str | None:
    """Return the time as the protocol writes it."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _task(record: Mapping[str, Json]) -> Task:
    context = record.get("context")
    return Task(
        id=str(record["id"]),
        workflow=base64.b64decode(str(record["workflowPayload"])),
        context=context if isinstance(context, dict) else {},
        secrets=_strings(record.get("secrets")),
        variables=_strings(record.get("vars")),
    )


def _strings(value: Json) -> dict[str, str]:
    return {key: str(item) for key, item in value.items()} if isinstance(value, dict) else {}
