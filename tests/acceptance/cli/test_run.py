"""`tamma run` and what follows it, on plain git with a rehearsed model."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from acceptance.cli.rehearsed import KEY, TAMMA, Bench, rehearsed_bench
from acceptance.cli.terminal import at_terminal
from msgspec.structs import replace


@pytest.fixture
async def bench(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Bench]:
    """Set a project and a model up."""
    async with rehearsed_bench(tmp_path, environment) as made:
        yield made


async def test_detached_approved_elsewhere_and_resumed(bench: Bench) -> None:
    """The plan waits on disk, another process approves it by its hash, then the change; at last it is merged."""
    begun = await bench.run("run", "--issue", str(bench.issue), "--detach", "--json")
    assert begun.code == 0, begun.err
    waiting = json.loads(begun.out)
    assert (waiting["status"], waiting["waitingFor"], waiting["step"]) == ("waiting", "approval", "approve")
    task = waiting["task"]

    wrong = await bench.run("approve", task, "0123456789ab")
    assert wrong.code == 2
    assert waiting["plan"] in wrong.err

    approved = await bench.run("approve", task[-6:], waiting["approve"])
    assert approved.code == 0, approved.err
    again = json.loads((await bench.run("resume", "--detach", "--json")).out)
    assert (again["status"], again["waitingFor"]) == ("waiting", "approval")
    assert again["step"] == "monitor"

    assert (await bench.run("approve", task, again["approve"])).code == 0
    done = await bench.run("resume", task, "--json")
    assert done.code == 0, done.err
    completed = json.loads(done.out)
    assert completed["status"] == "completed"
    # What commands took is journaled as they end: each process adds to what those before it had.
    counts = [said["commands"]["count"] for said in (waiting, again, completed)]
    assert 0 < counts[0] < counts[1] <= counts[2]
    assert min(completed["commands"][key] for key in ("wallS", "userS", "peakMemoryBytes", "outputBytes")) > 0
    assert "commands      " in (await bench.run("tasks", "show", task)).out
    assert "divmod" in (bench.repository / "fairshare" / "split.py").read_text()
    listed = await bench.run("tasks", "list")
    assert "completed" in listed.out
    for shown in (begun, approved, done, listed):
        assert KEY not in shown.out + shown.err


async def test_a_plan_named_by_an_older_tamma_is_asked_about_anew(bench: Bench) -> None:
    """A name of 12 digits decides nothing: plans that share it can be searched for. The plan is kept, and asked about by its whole name."""
    waiting = json.loads((await bench.run("run", "--issue", str(bench.issue), "--detach", "--json")).out)
    task, whole = waiting["task"], waiting["approve"]
    short = whole[:12]
    assert len(whole) == 32
    (database,) = Path(bench.environment["HOME"]).rglob("tamma.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as store:
        store.execute("update event set data = replace(data, ?, ?) where type = 'plan_made'", (whole, short))
        store.execute("update task set plan_hash = ?", (short,))

    refused = await bench.run("approve", task, short)
    assert (refused.code, "too short" in refused.err, "tamma resume" in refused.err) == (2, True, True), refused.err
    again = json.loads((await bench.run("resume", task, "--detach", "--json")).out)
    assert (again["status"], again["step"], again["approve"]) == ("waiting", "approve", whole)
    by_part = await bench.run("approve", task, short)
    assert (by_part.code, whole in by_part.err) == (2, True)
    assert (await bench.run("approve", task, whole)).code == 0


async def test_a_dry_run_stops_after_the_plan(bench: Bench) -> None:
    """The plan is the data; the repository is as it was."""
    done = await bench.run("run", "--task", "-", "--dry-run", stdin="Split a bill without losing cents: split_evenly")
    assert done.code == 0, done.err
    assert done.out.startswith("Plan 1 · ")
    assert "Files: fairshare/split.py, tests/test_split.py" in done.out
    assert not (bench.repository / ".git" / "refs" / "heads" / "tamma").exists()


async def test_bytes_that_are_no_text_are_taken(bench: Bench) -> None:
    """A wish that is not UTF-8 is worked on, with a mark in the place of what cannot be kept."""
    done = await bench.run(
        "run", "--task", "Split a bill \udcff without losing cents: split_evenly", "--dry-run", "--json"
    )
    assert done.code == 0, done.err
    assert "unexpected" not in done.err
    listed = json.loads((await bench.run("tasks", "list", "--json")).out)
    assert listed["title"] == "Split a bill ? without losing cents: split_evenly"


@pytest.mark.parametrize("way", ["argument", "standard input", "issue file", "reason"])
async def test_a_secret_in_what_a_person_writes_is_not_kept(bench: Bench, way: str) -> None:
    """A configured value and a token that only looks like one are masked before anything is stored, with a warning."""
    token = "ghp_" + "Zq7Rm2Xw9Lk4Tv8Bn3Hd"
    wish = f"Split a bill without losing cents: split_evenly. Log in with {KEY}, or with {token}"
    match way:
        case "argument":
            done = await bench.run("run", "--task", wish, "--dry-run")
        case "standard input":
            done = await bench.run("run", "--task", "-", "--dry-run", stdin=wish)
        case "issue file":
            bench.issue.write_text(f"{bench.issue.read_text()}\n{wish}\n")
            done = await bench.run("run", "--issue", str(bench.issue), "--dry-run")
        case _:
            await bench.run("run", "--issue", str(bench.issue), "--detach")
            task = json.loads((await bench.run("tasks", "list", "--json")).out)["task"]
            done = await bench.run("tasks", "cancel", task, "--reason", wish)
    assert done.code == 0, done.err
    assert "holds a secret" in done.err
    listed = await bench.run("tasks", "list", "--json")
    stored = b"".join(
        file.read_bytes() for file in (Path(bench.environment["HOME"]) / ".tamma").rglob("*") if file.is_file()
    )
    for secret in (KEY, token):
        assert secret not in done.out + done.err + listed.out
        assert secret.encode() not in stored


async def test_an_issue_with_an_unfinished_task_is_not_begun_twice(bench: Bench) -> None:
    """The second run names the first task and how to go on."""
    first = json.loads((await bench.run("run", "--issue", str(bench.issue), "--detach", "--json")).out)
    second = await bench.run("run", "--issue", str(bench.issue))
    assert second.code == 1
    assert f"tamma resume {first['task']}" in second.err
    assert len((await bench.run("tasks", "list", "--json")).out.splitlines()) == 1


async def test_a_repository_is_one_whatever_way_led_to_it(bench: Bench, tmp_path: Path) -> None:
    """By a link, an address, a detour, its git directory, and the issue by a link too: the task is known."""
    begun = json.loads((await bench.run("run", "--issue", str(bench.issue), "--detach", "--json")).out)
    link, issue = tmp_path / "link", tmp_path / "same.md"
    link.symlink_to(bench.repository)
    issue.symlink_to(bench.issue)
    linked = tmp_path / "linked"
    adding = ("worktree", "add", "--quiet", "--detach", str(linked))
    assert await (await asyncio.create_subprocess_exec("git", *adding, cwd=bench.repository)).wait() == 0
    repository = str(bench.repository)
    ways = (f"file://{repository}", f"FILE://{repository}", f"{repository}/../{link.name}", f"{repository}/.git")
    for repo in (*ways, str(link), str(linked), f"file://{linked}"):
        again = await bench.run("run", "--repo", repo, "--issue", str(issue), "--detach")
        assert again.code == 1, again.out
        assert f"task {begun['task']} works on this issue already" in " ".join(again.err.split())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_parks_the_task_and_it_goes_on_later(bench: Bench, number: signal.Signals) -> None:
    """Stopped in the middle of an answer, the task is paused, says how to go on, and then does."""
    bench.stall.set()
    process = await bench.start("run", "--issue", str(bench.issue), "--yes", "--detach")
    await asyncio.wait_for(bench.stalled.wait(), 60)  # into the model's answer, which never ends
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1, err
    assert out.decode().startswith("paused")
    assert "tamma resume" in err.decode()
    assert "Traceback" not in err.decode()
    bench.stall.clear()
    resumed = await bench.run("resume", "--detach", "--json")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["step"] == "monitor"


async def test_a_budget_that_is_used_up_parks_and_a_larger_one_lets_go_on(bench: Bench) -> None:
    """The cap holds before it is overshot; `resume --budget` raises it."""
    parked = await bench.run("run", "--issue", str(bench.issue), "--yes", "--detach", "--budget", "0.02", "--json")
    assert parked.code == 1, parked.err
    state = json.loads(parked.out)
    assert state["status"] == "paused"
    assert float(state["costUsd"]) <= 0.02
    resumed = await bench.run("resume", "--budget", "5", "--detach", "--json")
    assert resumed.code == 0, resumed.err
    assert json.loads(resumed.out)["step"] == "monitor"


async def test_cancelled_is_the_end(bench: Bench) -> None:
    """A cancelled task can neither go on nor be cancelled again."""
    task = json.loads((await bench.run("run", "--issue", str(bench.issue), "--detach", "--json")).out)["task"]
    assert (await bench.run("tasks", "cancel", task, "--reason", "not wanted")).code == 0
    assert (await bench.run("tasks", "cancel", task)).code == 2
    assert (await bench.run("resume", task)).code == 2
    shown = json.loads((await bench.run("tasks", "show", task, "--json")).out)
    assert (shown["status"], shown["reason"]) == ("cancelled", "not wanted")


async def test_a_wrong_key_parks_the_task_without_a_traceback(bench: Bench) -> None:
    """The vendor's refusal becomes a reason and a hint."""
    wrong = replace(bench, environment={**bench.environment, "ANTHROPIC_API_KEY": "another-key-entirely"})
    parked = await wrong.run("run", "--issue", str(bench.issue), "--yes")
    assert parked.code == 1
    assert "hint:" in parked.err
    assert "Traceback" not in parked.err
    assert "another-key-entirely" not in parked.out + parked.err


async def test_at_a_terminal_an_issue_is_chosen_from_the_list(bench: Bench) -> None:
    """Fuzzy search finds the one issue; it is worked on."""
    task = json.loads((await bench.run("run", "--issue", str(bench.issue), "--detach", "--json")).out)["task"]
    await bench.run("tasks", "cancel", task)

    def choose() -> str:
        with at_terminal([TAMMA, "run", "--repo", str(bench.repository), "--yes"], bench.environment) as terminal:
            terminal.wait_for("1 open issues")
            terminal.wait_for("Issue:")
            terminal.type("losecents")
            terminal.wait_for("Splitting a bill loses cents")
            # Written out: the list is drawn anew as one types, and an arrow in between would choose nothing.
            terminal.type("\x15#issue Splitting a bill loses cents\r")
            terminal.wait_for("working on: Splitting a bill loses cents")
            terminal.wait_for("Approve this change?")
            terminal.type("n\n")
            terminal.end()
            return terminal.text

    assert "was rejected by" in await asyncio.to_thread(choose)
