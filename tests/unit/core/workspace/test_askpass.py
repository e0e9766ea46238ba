"""Who gets an answer, and how often."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import parse_address
from tamma_core.workspace.askpass import Answers, answering, write_program

URL = "https://git.example:8443/a"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    made = tmp_path / "askpass"
    write_program(made)
    return made


@pytest.fixture
def answers(program: Path) -> Iterator[Answers]:
    remote = GitRemote(url=URL, username="joe@example", secret=SecretStr("can'ary %s $x \\n"))
    with answering(remote, parse_address(URL), program) as found:
        yield found


def ask(program: Path, answers: Answers, question: str) -> tuple[int, str]:
    environment = {**answers.environment, "PATH": os.defpath}
    done = subprocess.run(
        [program, question], env=environment, pass_fds=answers.fds, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("user", ["", "joe@", "joe@example@", "joe%40example@"])
def test_each_question_is_answered_once(program: Path, answers: Answers, user: str) -> None:
    """The configured origin is answered exactly, and the second question of a kind gets nothing."""
    assert ask(program, answers, "Username for 'https://git.example:8443': ") == (0, "joe@example\n")
    assert ask(program, answers, f"Password for 'https://{user}git.example:8443': ") == (0, "can'ary %s $x \\n\n")
    for kind in ("Username", "Password"):
        assert ask(program, answers, f"{kind} for 'https://git.example:8443': ") == (1, "")


@pytest.mark.parametrize(
    "question",
    [
        "Password for 'https://git.example': ",
        "Password for 'http://git.example:8443': ",
        "Password for 'https://evil.example:8443': ",
        "Password for 'https://git.example:8443@evil.example': ",
        "Password for 'https://git.example:8443.evil.example': ",
        "Password for 'https://git.example:84430': ",
        "Password for 'https://git.example:8443/a': ",
        "Enter passphrase for key '/x': ",
        "Password: ",
        "",
    ],
)
def test_others_get_nothing(program: Path, answers: Answers, question: str) -> None:
    """Another scheme, host, port, path or kind of question gets no answer, and does not use it up."""
    assert ask(program, answers, question) == (1, "")
    assert ask(program, answers, "Password for 'https://git.example:8443': ")[0] == 0


def test_the_secret_is_in_no_variable(answers: Answers) -> None:
    """What git is handed names pipes, not contents."""
    assert "can'ary" not in str(answers.environment)


def test_pipes_are_closed_afterwards(program: Path) -> None:
    """Nothing is left open once git has ended."""
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    with answering(GitRemote(url=URL, secret=SecretStr("x")), parse_address(URL), program):
        assert len(list(descriptors.iterdir())) == before + 2
    assert len(list(descriptors.iterdir())) == before
