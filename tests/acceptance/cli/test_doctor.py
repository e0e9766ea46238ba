"""The doctor tells what holds here, without calling anybody."""

import json

from acceptance.cli.conftest import Command
from tamma_core.sandbox.attack_script import ATTACKS


def test_a_healthy_machine(tamma: Command) -> None:
    """With a model configured all is well: the strongest wall is chosen, and every attack on each is told."""
    done = tamma("doctor", "--json", ANTHROPIC_API_KEY="key-of-the-test-5521")
    told = json.loads(done.stdout)
    assert (done.returncode, told["healthy"], told["level"]) == (0, True, "auto")
    walls = {wall["level"]: wall for wall in told["sandbox"]}
    assert [name for name, wall in walls.items() if wall["chosen"]] == ["bubblewrap"]
    for name in ("bubblewrap", "landlock"):
        assert {attack["name"] for attack in walls[name]["attacks"] if attack["held"]} == set(ATTACKS)
    assert {check["name"] for check in told["checks"]} > {
        *("python", "git", "disk", "configuration", "model for plan", "control groups"),
    }
    assert "5521" not in done.stdout + done.stderr


def test_a_machine_without_a_model(tamma: Command) -> None:
    """What is missing is a problem with a hint, and the exit code says so."""
    done = tamma("doctor")
    assert done.returncode == 1
    assert "PROBLEM  model for plan" in done.stdout
    assert "hint: set ANTHROPIC_API_KEY" in done.stdout


def test_a_level_by_its_name(tamma: Command) -> None:
    """A level that was asked for is used though there is a stronger one, and the report says why."""
    done = tamma("doctor", "--json", "--sandbox", "landlock", ANTHROPIC_API_KEY="x")
    walls = {wall["level"]: wall for wall in json.loads(done.stdout)["sandbox"]}
    assert walls["landlock"]["chosen"]
    assert walls["landlock"]["why"] == "asked for, and it holds"
    assert "landlock" in walls["bubblewrap"]["why"]


def test_no_wall_is_told_as_such(tamma: Command) -> None:
    """`none` is chosen only by its name, and never called a wall that holds."""
    done = tamma("doctor", "--json", "--sandbox", "none", ANTHROPIC_API_KEY="x")
    none = json.loads(done.stdout)["sandbox"][-1]
    assert (none["level"], none["chosen"], none["holds"]) == ("none", True, False)


def test_an_unknown_level_is_refused(tamma: Command) -> None:
    """A level that there is not is a mistake at the command line."""
    done = tamma("doctor", "--sandbox", "moat")
    assert done.returncode == 2
    assert "there is no sandbox `moat`" in done.stderr
