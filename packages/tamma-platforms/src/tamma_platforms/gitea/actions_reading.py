"""Gitea's answers about Actions, read into records of the domain without I/O.

Source of all shapes: the API description that Gitea serves at `/swagger.v1.json`, checked against 1.26.
Errors: every function raises `Unavailable` for an answer of another shape, and nothing else.
"""

import json
from collections.abc import Iterable, Mapping

from tamma_core.domain.ci_job import Job, JobResult
from tamma_core.domain.ids import Sha
from tamma_core.domain.pull_request import Check, CheckState

from tamma_platforms.http.fields import Fields

_RESULTS = {
    "success": JobResult.SUCCESS,
    "failure": JobResult.FAILURE,
    "cancelled": JobResult.CANCELLED,
    "skipped": JobResult.SKIPPED,
}
_STATES = {
    JobResult.SUCCESS: CheckState.SUCCESS,
    JobResult.SKIPPED: CheckState.SKIPPED,
    JobResult.FAILURE: CheckState.FAILURE,
    JobResult.CANCELLED: CheckState.FAILURE,
}


_PULLS = "pull/"
_PUSHED_AGAIN = "pull_request_sync"
"""What Gitea calls a run of the event `pull_request` for a later head; one that a label began is another, and hides none."""
_REFUSAL = {"message", "url"}
_SERVER_ERROR = 500


def has_no_log(status: int, content: bytes) -> bool:
    """Tell whether an answer can mean a log that was never begun: an error of Gitea's own that names no other cause.

    Shape: `{"message": text, "url": text}`, the text empty for who is no administrator, whatever the cause is.
    Units: none. Errors: none. Source: `routers/common/actions.go` of Gitea 1.26, and measurements on it.
    """
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return False
    if status != _SERVER_ERROR or not isinstance(said, dict) or said.keys() != _REFUSAL:
        return False
    message = str(said["message"])
    return not message or (message.startswith("OpenLogs: ") and message.endswith("file does not exist"))


def told_apart(values: Iterable[object], number: int | None) -> tuple[list[object], frozenset[str]]:
    """Answer the runs of branches and of this pull request, and where those of other pull requests and of releases lie.

    Whoever can open a pull request can have one run at any commit; to a branch only people push who may write.
    """
    ours, others = [], set()
    for index, value in enumerate(values):
        fields = Fields(value, f"run[{index}]")
        ref = fields.text_or("path").partition("@refs/")[2]
        elsewhere = ref.startswith(_PULLS) and ref.removeprefix(_PULLS).partition("/")[0] != str(number)
        if elsewhere or fields.text_or("event") == "release":
            others.add(_place(fields.text_or("html_url")))
        else:
            ours.append(value)
    # A run without an address is nobody's place: below the empty one lies each status that links nowhere.
    return ours, frozenset(others - {""})


def lies_below(status: object, runs: frozenset[str]) -> bool:
    """Tell whether a status links to a job of one of these runs."""
    place = _place(Fields(status, "status").text_or("target_url"))
    return place in runs or place.rpartition("/jobs/")[0] in runs


def newest_runs(values: Iterable[object], sha: Sha) -> dict[str, int]:
    """Answer the run that speaks for each workflow and event at a commit."""
    return {name: run.number("id") for name, run in _newest(values, sha)}


def read_runs(values: Iterable[object], sha: Sha) -> tuple[Check, ...]:
    """Read runs at a commit as checks."""
    return tuple(_run(name, run, sha) for name, run in _newest(values, sha))


def contexts_by_place(values: Iterable[object]) -> Mapping[str, str]:
    """Answer the context of each status by the place that it links to, which is that of its job."""
    read = (Fields(value, f"status[{index}]") for index, value in enumerate(values))
    return {_place(status.text_or("target_url")): status.text_or("context") for status in read}


def read_job(value: object, run: int, run_name: str, contexts: Mapping[str, str]) -> Job:
    """Read a job; one that has not ended, or ended in a word that is not known, is pending."""
    fields = Fields(value, "job")
    context = contexts.get(_place(fields.text_or("html_url")), "")
    started, ended = fields.moment("started_at"), fields.moment("completed_at")
    return Job(
        id=str(fields.number("id")),
        run=str(run),
        name=context or f"{run_name} / {fields.text_or('name')}",
        result=_result(fields),
        attempt=fields.number_or("run_attempt"),
        checks=(context, run_name) if context else (run_name,),
        duration_s=(ended - started).total_seconds() if started and ended and ended >= started else None,
        ended_at=ended,
    )


def _newest(values: Iterable[object], sha: Sha) -> list[tuple[str, Fields]]:
    """Keep of each workflow and event the run with the highest id, a skipped one only where all were."""
    newest: dict[str, Fields] = {}
    for index, value in enumerate(values):
        fields = Fields(value, f"run[{index}]")
        if fields.text_or("head_sha") != sha:
            continue
        name = _run_name(fields)
        if name not in newest or _weight(fields) >= _weight(newest[name]):
            newest[name] = fields
    return sorted(newest.items())


def _weight(run: Fields) -> tuple[bool, int]:
    return _result(run) is not JobResult.SKIPPED, run.number("id")


def _run_name(fields: Fields) -> str:
    event = fields.text_or("event")
    event = "pull_request" if event == _PUSHED_AGAIN else event
    return f"run: {fields.text_or('path').partition('@refs/')[0]} ({event})"


def _run(name: str, fields: Fields, sha: Sha) -> Check:
    return Check(
        name=name,
        state=_STATES.get(_result(fields), CheckState.PENDING),
        sha=sha,
        description=fields.text_or("display_title"),
        url=fields.text_or("html_url"),
        updated_at=fields.moment("completed_at"),
    )


def _result(fields: Fields) -> JobResult:
    if fields.text_or("status") != "completed":
        return JobResult.PENDING
    return _RESULTS.get(fields.text_or("conclusion"), JobResult.PENDING)


def _place(url: str) -> str:
    """Answer an address without its scheme and host, which statuses lack."""
    _, mark, rest = url.partition("://")
    return f"/{rest.partition('/')[2]}" if mark else url
