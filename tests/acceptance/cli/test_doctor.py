"""The doctor tells what holds here, without calling anybody."""

import json
from pathlib import Path

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


def test_time_limits_that_are_set_are_shown(tamma: Command, tmp_path: Path) -> None:
    """Beside the model and the forge that they hold for; a wrong one is a problem of the configuration."""
    file = tmp_path / "c.yaml"
    model = "{name: openai, apiKey: k, timeoutSeconds: 90}"
    forge = '{name: gitea, baseUrl: "https://git.example", token: t, timeoutSeconds: 20}'
    file.write_text(f"aiProvider: {{providers: [{model}]}}\ngitPlatform: {{platforms: [{forge}]}}\n")
    file.chmod(0o600)
    said = tamma("doctor", "--config", str(file)).stdout
    assert "openai, its default model, with a key, within 90 s" in said
    assert "https://git.example, with a token, within 20 s" in said


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
