"""What is typed wrongly: exit code 2, one error, one hint, no traceback."""

import subprocess
from pathlib import Path

import pytest
from acceptance.cli.conftest import TAMMA, Command
from tamma_core.sandbox.program import find_bubblewrap


def test_the_version_costs_next_to_nothing(tamma: Command) -> None:
    """It is the first thing that anybody types."""
    done = tamma("--version")
    assert (done.returncode, done.stdout) == (0, "tamma 0.1.0\n")


@pytest.mark.parametrize("command", ["run", "resume", "approve", "reject", "demo", "doctor"])
def test_help_has_examples(tamma: Command, command: str) -> None:
    """Each command shows how it is used."""
    done = tamma(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"tamma {command}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "--issue", "1", "--task", "x"], "are both given"),
        (["run", "--task", "  "], "says nothing"),
        (["run", "--task", "x"], "is no git repository"),
        (["run", "--task", "x", "--repo", "owner/name"], "there is no repository `owner/name`"),
        (["run", "--task", "x", "--repo", "http://[::1"], "is no address"),
        (["run", "--issue", "http://127.0.0.1:1/a/b/issues/1"], "no configured git platform"),
        (["run", "--issue", "https://github.com/a/b/issues/1"], "is a forge of the type `github`"),
        (["run", "--config", "none.yaml", "--task", "x"], "there is no configuration file"),
        (["resume"], "there is no unfinished task"),
        (["tasks", "list", "--status", "sleeping"], "there is no status `sleeping`"),
        (["--mode", "worker"], "mode `worker`, asked for by `--mode`, is not there yet"),
        (["--mode", "bogus", "run"], "there is no mode `bogus`"),
        (["run", "--budget", "lots"], "number"),
        (["dance"], "dance"),
    ],
)
def test_misuse_ends_with_code_2(tamma: Command, arguments: list[str], expected: str) -> None:
    """The error names what is wrong."""
    done = tamma(*arguments)
    assert done.returncode == 2, done.stderr
    assert expected in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


async def test_a_debug_log_that_cannot_be_written_is_said_in_words(environment: dict[str, str]) -> None:
    """No directory for temporary files can be written: the command says so, and how to name another."""
    bubblewrap = await find_bubblewrap()
    read_only = (bubblewrap.path, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--chdir", "/")
    # Coverage could not write either.
    env = {name: value for name, value in environment.items() if not name.startswith("COVERAGE")}
    command = [*read_only, TAMMA, "--debug", "tasks", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 1
    assert f"error: {environment['TMPDIR']}: no temporary file can be written" in done.stderr
    assert "by `TMPDIR`" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_the_mode_of_the_environment_counts(tamma: Command) -> None:
    """`TAMMA_MODE` selects the same as `--mode`, and the option wins."""
    assert "asked for by `TAMMA_MODE`" in tamma("tasks", "list", TAMMA_MODE="service").stderr
    assert tamma("--mode", "standalone", "tasks", "list", TAMMA_MODE="service").returncode == 0


def test_a_wrong_configuration_is_named_with_file_line_and_key(tamma: Command, tmp_path: Path) -> None:
    """The error is printed as it is, without a traceback."""
    file = tmp_path / "wrong.yaml"
    file.write_text("mode: cli\nlimits:\n  setps: 3\n")
    done = tamma("tasks", "list", "--config", str(file))
    assert done.returncode == 2
    assert f"error: `{file}`, line 3: `limits.setps` is not a known key; did you mean `steps`?" in done.stderr
    assert "hint: " in done.stderr


def test_without_a_model_the_hint_says_what_to_set(tamma: Command, tmp_path: Path) -> None:
    """A plain repository and no key: nothing is begun."""
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    done = tamma("run", "--repo", "r", "--task", "x")
    assert done.returncode == 2
    assert "ANTHROPIC_API_KEY" in done.stderr


def test_a_model_on_another_machine_is_not_asked_in_the_clear(tamma: Command, tmp_path: Path) -> None:
    """With or without a key nothing is begun, and the hint names the place to permit."""
    subprocess.run(["git", "init", "-q", str(tmp_path / "r")], check=True)
    done = tamma("run", "--repo", "r", "--task", "x", OLLAMA_HOST="gpu.example:11434", TAMMA_MODEL="m")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "`aiProvider.providers[0].baseUrl` leads over plain http to `gpu.example:11434`" in said
    assert "name `gpu.example:11434` in `plainHttp`" in said


def test_an_unknown_task_is_named(tamma: Command) -> None:
    """A name that means no task is not taken for another."""
    done = tamma("tasks", "show", "ZZZZZZ")
    assert done.returncode == 1
    assert "there is no task `ZZZZZZ`" in done.stderr


def test_debug_writes_a_log_and_shows_the_traceback(tamma: Command) -> None:
    """`--debug` names the file, which holds the traceback too."""
    done = tamma("tasks", "show", "ZZZZZZ", "--debug")
    assert "Traceback" in done.stderr
    path = done.stderr.split("debug log: ")[1].strip()
    assert "NotFound" in Path(path).read_text()
    assert Path(path).stat().st_mode & 0o077 == 0


def test_json_reports_errors_too(tamma: Command) -> None:
    """A program that reads standard output learns what went wrong."""
    done = tamma("tasks", "show", "ZZZZZZ", "--json")
    assert done.returncode == 1
    assert '"error": "there is no task `ZZZZZZ`"' in done.stdout


def test_a_reader_that_leaves_is_no_error(tamma: Command, environment: dict[str, str]) -> None:
    """`tamma ... | head` ends quietly."""
    from acceptance.cli.conftest import TAMMA

    line = f"{TAMMA} tasks list --help | head -1; {TAMMA} tasks list --json | true"
    done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr
