"""Records of what a task heard, as somebody may have changed them on disk; and what git asks a password for."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import SecretStr
from tamma_core.domain.ids import TaskId
from tamma_core.domain.sent import Sent
from tamma_core.ports.git_platform import GitRemote
from tamma_core.record.batch import Batch, Exchange, read_batch, write_batch
from tamma_core.workspace.address import parse_address
from tamma_core.workspace.askpass import answering, write_program

from fuzz.material import damaged, texts, typed

BATCH = Batch(
    task=TaskId("t1"),
    epoch=3,
    number=7,
    exchanges=(Exchange(what="forge.get_issue", asked=Sent(new="1"), answer='{"title": "x"}'),),
    readings=(("clock", '"2026-01-02T00:00:00Z"'),),
)
ORIGIN, SECRET = "https://git.example:8443", "canary-0123456789"


@given(damaged([write_batch(BATCH)]) | texts.map(lambda text: text.encode("utf-8", "replace")))
@example(b"[" * 100_000)
@example(write_batch(replace(BATCH, number=8)))
@example(write_batch(replace(BATCH, task=TaskId("t2"))))
def test_record_is_read_as_it_was_written_or_refused(data: bytes) -> None:
    """A record that was changed is another one or none: what is read is of the claim that asks, and is written back the same."""
    batch = typed(lambda: read_batch(data, task=TaskId("t1"), epoch=3, number=7))
    if batch is not None:
        assert (batch.task, batch.epoch, batch.number) == ("t1", 3, 7)
        assert read_batch(write_batch(batch), task=TaskId("t1"), epoch=3, number=7) == batch


@pytest.fixture(scope="module")
def program() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "askpass"
        write_program(made)
        yield made


questions = st.one_of(
    texts,
    st.tuples(texts, st.sampled_from(["@", "", "'", "/", "\n"]), texts).map(
        lambda parts: f"Password for 'https://{parts[0]}{parts[1]}git.example:8443{parts[2]}': "
    ),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(questions)
@example(f"Password for '{ORIGIN}': ")
@example("Password for 'https://evil.example/@git.example:8443': ")
@example("Password for 'https://evil.example?@git.example:8443': ")
@example(f"Password for 'https://evil.example\n{ORIGIN}': ")
def test_password_is_told_for_our_origin_alone(program: Path, question: str) -> None:
    """Whatever a server makes git ask, the answer goes to the configured host: git would send it to none but the one named last."""
    asked = os.fsdecode(question.replace("\0", "").encode("utf-8", "surrogatepass"))
    remote = GitRemote(url=f"{ORIGIN}/a", secret=SecretStr(SECRET))
    with answering(remote, parse_address(remote.url), program) as answers:
        environment = {**answers.environment, "PATH": os.defpath}
        done = subprocess.run([program, asked], env=environment, pass_fds=answers.fds, capture_output=True, check=False)
    host = asked.removeprefix("Password for 'https://").removesuffix("': ").rpartition("@")[2]
    assert (SECRET.encode() in done.stdout) <= (host == "git.example:8443")
