"""`tamma demo`: an issue becomes a merged change without an account."""

import json
import subprocess
from pathlib import Path

from acceptance.cli.conftest import TAMMA, Command
from acceptance.cli.terminal import at_terminal


def test_the_demo_ends_in_a_merged_change_and_says_whose_approval_it_was(tamma: Command) -> None:
    """Red before, green after, merged; with nobody at the terminal the demo approves and says so."""
    done = tamma("demo", "--keep", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "completed"
    assert result["verification"] == {
        "command": "python -m unittest discover -s tests -t .",
        "testsBefore": 7,
        "testsAfter": 9,
        "newTestsRedBefore": True,
        "greenAfter": True,
    }
    assert [(one["subject"], one["by"]) for one in result["approvals"]] == [
        ("plan", "the demo itself"),
        ("diff", "the demo itself"),
    ]
    assert "nobody sits at the terminal" in done.stderr
    assert "Rehearsed: the model's words" in done.stderr
    assert "[redacted]" not in done.stderr
    project = Path(result["folder"]) / "fairshare"
    head = subprocess.run(["git", "-C", str(project), "rev-parse", "main"], capture_output=True, text=True, check=True)
    assert head.stdout.strip() == result["merged"]
    assert "divmod" in (project / "fairshare" / "split.py").read_text()


def test_the_journal_of_the_demo_can_be_read_afterwards(tamma: Command) -> None:
    """All of it is journaled: state, lines and every turn of the agent."""
    folder = json.loads(tamma("demo", "--keep", "--json").stdout)["folder"]
    config = str(Path(folder) / "config.yaml")
    (row,) = [
        json.loads(line)
        for line in tamma("tasks", "list", "--json", TAMMA_STORE__PATH=f"{folder}/store").stdout.splitlines()
    ]
    shown = tamma(
        "tasks", "show", row["task"][-6:], "--transcript", "--config", config, TAMMA_STORE__PATH=f"{folder}/store"
    )
    assert shown.returncode == 0, shown.stderr
    for said in ("=== analyse, attempt", "→ search pattern=def split_evenly", "9 passed", "finished: done"):
        assert said in shown.stdout
    logs = tamma("tasks", "logs", row["task"], "--json", TAMMA_STORE__PATH=f"{folder}/store")
    lines = [json.loads(line) for line in logs.stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))


def test_nothing_is_left_without_keep(tamma: Command, environment: dict[str, str]) -> None:
    """The temporary directory is gone, and the home is as it was."""
    done = tamma("demo", "--sandbox", "none")
    assert done.returncode == 0, done.stderr
    assert "warning: no sandbox" in done.stderr
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    assert list(Path(environment["HOME"]).iterdir()) == []
    assert "diff --git a/fairshare/split.py" in done.stdout
    assert "all green" in done.stdout


def test_the_demo_holds_behind_landlock(tamma: Command) -> None:
    """The weaker wall is as good for the work itself: nothing that git writes behind it is lost."""
    done = tamma("demo", "--json", "--sandbox", "landlock")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "completed"


def test_a_person_edits_the_plan_and_approves_plan_and_change(environment: dict[str, str], tmp_path: Path) -> None:
    """At a terminal both are asked for; an edited plan is shown anew under its own hash."""
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nexec sed -i 's/Divide with remainder/Share the remainder/' \"$1\"\n")
    editor.chmod(0o755)
    with at_terminal([TAMMA, "demo"], {**environment, "EDITOR": str(editor)}) as terminal:
        terminal.wait_for("Plan 1 ·")
        terminal.wait_for("Approve this plan?")
        terminal.type("e\n")
        terminal.wait_for("Plan 2 ·")
        terminal.wait_for("Share the remainder")
        terminal.wait_for("Approve this plan?")
        terminal.type("y\n")
        terminal.wait_for("+    share, extra = divmod(total, people)")
        terminal.wait_for("Approve this change?")
        terminal.type("yes\n")
        terminal.wait_for("The issue became a merged change.")
        assert terminal.end() == 0
    assert "(terminal)" in terminal.text
    assert "nobody sits" not in terminal.text


def test_a_rejected_plan_parks_the_task(environment: dict[str, str]) -> None:
    """No means no: nothing is changed, and the exit code says so."""
    with at_terminal([TAMMA, "demo"], environment) as terminal:
        terminal.wait_for("Approve this plan?")
        terminal.type("n\n")
        terminal.wait_for("was rejected by")
        assert terminal.end() == 1
    assert "implement" not in terminal.text.split("Approve this plan?")[1]


def test_ctrl_c_at_the_question_parks_the_task(environment: dict[str, str]) -> None:
    """Leaving the question is no answer."""
    with at_terminal([TAMMA, "demo"], environment) as terminal:
        terminal.wait_for("Approve this plan?")
        terminal.type("\x03")
        terminal.wait_for("paused")
        assert terminal.end() == 1
    assert "Traceback" not in terminal.text
