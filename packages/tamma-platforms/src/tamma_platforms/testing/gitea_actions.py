"""How the fake Gitea runs Actions: one job a run, which prints its workflow and fails.

Nothing happens by the clock: a look at the runs is what lets a job go on.
"""

from starlette.responses import JSONResponse, PlainTextResponse, Response

from tamma_platforms.testing.gitea_asked import Asked, Refusal
from tamma_platforms.testing.gitea_state import FakeRepository, FakeRun

WORKFLOWS = ".gitea/workflows"
_NEVER = "1970-01-01T00:00:00Z"


def start(
    stored: FakeRepository,
    sha: str,
    *,
    workflow: str = "ci.yml",
    event: str = "push",
    held: bool = False,
    silent: bool = False,
) -> None:
    """Begin a run at a commit that has this workflow."""
    said = stored.commits[sha].files[f"{WORKFLOWS}/{workflow}"].decode()
    number = len(stored.runs) + 1
    run = FakeRun(id=number, sha=sha, workflow=workflow, event=event, said=said, held=held, silent=silent)
    stored.runs[run.id] = run
    _report(stored, run, "pending", "Waiting to run")


def runs(stored: FakeRepository, asked: Asked) -> list[object]:
    """Show the runs at a commit, newest first, and let those go on that may."""
    shown = [_run(stored, run) for run in reversed(stored.runs.values()) if run.sha == asked.query.get("head_sha")]
    for run in stored.runs.values():
        _go_on(stored, run)
    return list(shown)


def jobs(stored: FakeRepository, asked: Asked) -> Response:
    """Show the job of a run; an unknown run has none."""
    run = stored.runs.get(int(asked.part("number")))
    shown = [] if run is None else [_job(stored, run)]
    return JSONResponse({"jobs": shown, "total_count": len(shown)})


def job(stored: FakeRepository, asked: Asked) -> Response:
    """Show a job."""
    run = _run_of(stored, asked)
    if run is None:
        raise Refusal(404, "not found")
    return JSONResponse(_job(stored, run))


def log(stored: FakeRepository, asked: Asked) -> Response:
    """Answer what a job said; 404 for one that did not begin, 500 for one that began and did not say a word."""
    run = _run_of(stored, asked)
    if run is None or not run.attempt:
        raise Refusal(404, "not found")
    if run.silent:
        raise Refusal(500, "")
    lines = (f"job test at {run.sha}", *run.said.splitlines(), "job: failure")
    return PlainTextResponse("".join(f"2026-01-01T00:00:00.0000000Z {line}\n" for line in lines))


def rerun(stored: FakeRepository, asked: Asked) -> Response:
    """Repeat a run, which a runner takes at once; 400 while it is under way."""
    run = stored.runs.get(int(asked.part("number")))
    if run is None:
        raise Refusal(404, "not found")
    if run.status == "in_progress":
        raise Refusal(400, "this workflow run is not done")
    if run.status == "completed":
        run.attempt, run.status = run.attempt + 1, "in_progress"
        _report(stored, run, "pending", "Has started running")
    return Response(status_code=201)


def dispatch(stored: FakeRepository, asked: Asked) -> Response:
    """Start a workflow at a branch; 404 when its commit has none of this name."""
    commit = stored.resolve(asked.text("ref").removeprefix("refs/heads/"))
    workflow = asked.part("workflow")
    if commit is None or f"{WORKFLOWS}/{workflow}" not in commit.files:
        raise Refusal(404, f'workflow "{workflow}" doesn\'t exist')
    start(stored, commit.sha, workflow=workflow, event="workflow_dispatch")
    return Response(status_code=204)


def _run_of(stored: FakeRepository, asked: Asked) -> FakeRun | None:
    return next((run for run in stored.runs.values() if run.job == int(asked.part("number"))), None)


def _go_on(stored: FakeRepository, run: FakeRun) -> None:
    if run.status == "queued" and not run.held:
        run.attempt, run.status = 1, "in_progress"
    elif run.status == "in_progress":
        run.status = "completed"
        _report(stored, run, "failure", "Failing after 0s")


def _report(stored: FakeRepository, run: FakeRun, state: str, description: str) -> None:
    status = {"id": len(stored.statuses) + 1, "sha": run.sha, "context": f"/ test ({run.event})", "status": state}
    stored.statuses.append(status | {"target_url": _place(stored, run), "description": description})


def _place(stored: FakeRepository, run: FakeRun) -> str:
    return f"/{stored.owner}/{stored.name}/actions/runs/{run.id}/jobs/{run.job}"


def _run(stored: FakeRepository, run: FakeRun) -> dict[str, object]:
    return _how_it_stands(run) | {
        "id": run.id,
        "html_url": f"http://forge.example/{stored.owner}/{stored.name}/actions/runs/{run.id}",
        "display_title": "change",
        "path": f"{run.workflow}@refs/heads/main",
        "event": run.event,
    }


def _job(stored: FakeRepository, run: FakeRun) -> dict[str, object]:
    return _how_it_stands(run) | {
        "id": run.job,
        "run_id": run.id,
        "html_url": f"http://forge.example{_place(stored, run)}",
        "name": "test",
        "labels": ["ubuntu-latest"],
        "steps": [],
    }


def _how_it_stands(run: FakeRun) -> dict[str, object]:
    shown: dict[str, object] = {
        "run_attempt": run.attempt,
        "head_sha": run.sha,
        "status": run.status,
        "started_at": "2026-01-01T00:00:00Z" if run.attempt else _NEVER,
        "completed_at": "2026-01-01T00:00:01Z" if run.status == "completed" else _NEVER,
    }
    return shown | ({"conclusion": "failure"} if run.status == "completed" else {})
