"""`tamma replay`: a task runs again on its record, without a network, to the byte."""

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from acceptance.cli.conftest import TAMMA, Command
from tamma_core.agent.prompts import SYSTEM
from tamma_core.sandbox.program import find_bubblewrap

BEGINNING = SYSTEM[:24]
Change = Callable[[str], str]


class Recorded:
    """A task of the demonstration, with its data directory."""

    def __init__(self, run: Command, folder: Path, task: str) -> None:
        self._run = run
        self.folder = folder
        self.task = task

    @property
    def arguments(self) -> tuple[str, ...]:
        """Answer the command line of a replay."""
        return ("replay", self.task, "--config", str(self.folder / "config.yaml"))

    @property
    def variables(self) -> dict[str, str]:
        """Answer where the store is, and another order of sets than the task had."""
        return {"TAMMA_STORE__PATH": str(self.folder / "store"), "PYTHONHASHSEED": "2"}

    def replay(self, *more: str) -> "subprocess.CompletedProcess[str]":
        """Run the replay."""
        return self._run(*self.arguments, *more, **self.variables)

    def database(self) -> "closing[sqlite3.Connection]":
        """Open the store as somebody who tampers with it does."""
        return closing(sqlite3.connect(self.folder / "store" / "tamma.db", isolation_level=None))

    def batches(self, database: sqlite3.Connection) -> Iterator[tuple[int, str]]:
        """List the positions and texts of the record."""
        for position, data in database.execute("select position, data from event where type = 'traffic_recorded'"):
            ((text,),) = database.execute("select data from blob where ref = ?", (json.loads(data)["record"],))
            yield position, text.decode()

    def change(self, holding: str, change: Change) -> None:
        """Write the record anew where it holds a text first, as carefully as one can."""
        with self.database() as database:
            position, text = next(found for found in self.batches(database) if holding in found[1])
            data = change(text).encode()
            ref = hashlib.sha256(data).hexdigest()
            database.execute("insert into blob (ref, data) values (?, ?)", (ref, data))
            event = json.dumps({"record": ref, "type": "traffic_recorded"})
            database.execute("update event set data = ? where position = ?", (event, position))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play the demonstration once, and keep its folder."""
    home = tmp_path_factory.mktemp("replayed")
    done = subprocess.run(
        [TAMMA, "demo", "--keep", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
        cwd=home,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    return Path(json.loads(done.stdout)["folder"])


@pytest.fixture
def recorded(played: Path, tamma: Command, tmp_path: Path) -> Recorded:
    """Copy the demonstration, without the project: nothing of it is needed."""
    folder = tmp_path / "recorded"
    shutil.copytree(played, folder, ignore=shutil.ignore_patterns("fairshare", "issue.md", "plain-git"), symlinks=True)
    listed = tamma("tasks", "list", "--json", TAMMA_STORE__PATH=str(folder / "store"))
    return Recorded(tamma, folder, json.loads(listed.stdout)["task"])


def test_a_task_is_replayed_to_the_byte_without_any_network(recorded: Recorded, environment: dict[str, str]) -> None:
    """In a network without a device, with no model, forge or project, and with sets in another order, all comes out the same."""
    bubblewrap = asyncio.run(find_bubblewrap()).path
    closed = (bubblewrap, "--unshare-net", "--dev-bind", "/", "/", TAMMA)
    done = subprocess.run(
        [*closed, *recorded.arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**environment, **recorded.variables},
    )
    assert done.returncode == 0, done.stderr
    *claims, end = [json.loads(line) for line in done.stdout.splitlines()]
    assert end["same"] is True
    assert end["exchanges"] == sum(claim["exchanges"] for claim in claims) > 100
    steps = list(dict.fromkeys(claim["step"] for claim in claims))
    assert (steps[0], steps[-1], len(steps)) == ("select", "close", 12)
    assert not any(claim["cut"] for claim in claims)


def test_nothing_is_written_to_the_data_directory(recorded: Recorded) -> None:
    """A replay leaves the journal and the working copies as they are, and no directory of its own."""
    before = sorted(str(path) for path in recorded.folder.rglob("*"))
    with recorded.database() as database:
        events = database.execute("select * from event").fetchall()
        assert recorded.replay().returncode == 0
        assert database.execute("select * from event").fetchall() == events
    assert [path for path in sorted(str(path) for path in recorded.folder.rglob("*")) if path not in before] == []


def test_until_stops_after_a_step(recorded: Recorded) -> None:
    """`--until plan` replays no later step."""
    done = recorded.replay("--until", "plan", "--json")
    assert done.returncode == 0, done.stderr
    *claims, end = [json.loads(line) for line in done.stdout.splitlines()]
    assert [claim["step"] for claim in claims] == ["select", "analyse", "plan"]
    assert end["same"] is True
    assert "there is no step" in recorded.replay("--until", "never").stderr


def test_the_first_difference_is_shown(recorded: Recorded) -> None:
    """Had the model been told something else, the replay stops at that request and says what."""
    recorded.change(BEGINNING, lambda text: text.replace(BEGINNING, "Whatever it is that"))
    done = recorded.replay()
    assert done.returncode == 1
    assert "select " in done.stdout
    assert "`model` differs" in done.stderr
    removed = [line for line in done.stdout.splitlines() if line.startswith("-") and "Whatever it is that" in line]
    added = [line for line in done.stdout.splitlines() if line.startswith("+") and BEGINNING in line]
    assert removed, done.stdout
    assert added, done.stdout


def test_an_answer_that_leads_elsewhere_is_noticed(recorded: Recorded) -> None:
    """Had the forge said otherwise, the task would have done otherwise."""
    recorded.change(
        "default_branch", lambda text: text.replace('\\"default_branch\\":\\"main', '\\"default_branch\\":\\"other')
    )
    done = recorded.replay("--json")
    assert done.returncode == 1
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["same"], found["what"], found["expected"], found["came"]) == (False, "git fetch", "main", "other")


def test_an_event_that_does_not_follow_is_noticed(recorded: Recorded) -> None:
    """Had the journal said otherwise of what was done, the same answers do not lead there."""
    with recorded.database() as database:
        database.execute(
            "update event set data = replace(data, ?, ?) where type = 'branch_named'", ("tamma/", "other/")
        )
    done = recorded.replay("--json")
    assert done.returncode == 1
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["same"], found["what"]) == (False, "branch_named")
    assert json.loads(found["expected"])["branch"] == json.loads(found["came"])["branch"].replace("tamma/", "other/")


def test_a_damaged_record_is_no_record(recorded: Recorded) -> None:
    """Bytes that do not have their name are refused, and so is a batch in another's place."""
    with recorded.database() as database:
        first, second, *_ = [
            json.loads(data)["record"]
            for (data,) in database.execute("select data from event where type = 'traffic_recorded' order by position")
        ]
        database.execute("update event set data = replace(data, ?, ?)", (first, second))
    swapped = recorded.replay()
    assert swapped.returncode == 1
    assert "was changed" in swapped.stderr
    with recorded.database() as database:
        database.execute("update blob set data = cast(data || ' ' as blob)")
    damaged = recorded.replay()
    assert damaged.returncode == 1
    assert "is damaged" in damaged.stderr
    assert "hint:" in damaged.stderr


def test_a_task_of_an_older_tamma_has_no_record(recorded: Recorded) -> None:
    """What was not recorded cannot be replayed, which is said with a hint."""
    with recorded.database() as database:
        database.execute(
            "delete from event_tag where position in (select position from event where type = 'traffic_recorded')"
        )
        database.execute("delete from event where type = 'traffic_recorded'")
    done = recorded.replay()
    assert done.returncode == 1
    assert "has no record of what the forge and the model said" in done.stderr
    assert "hint: it was begun by a Tamma that did not keep one yet" in done.stderr
