"""The copy of /etc holds what programs need, nothing private, and is as new as its source."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tamma_core.sandbox.etc_copy import EtcCopy


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """Make a source with public and private files, and links of both kinds."""
    source = tmp_path / "etc"
    (source / "ssl/certs").mkdir(parents=True)
    (source / "ssl/private").mkdir()
    (source / "ssl/private/key.pem").write_text("private key")
    (source / "ssl/certs/one.pem").write_text("certificate")
    (source / "ssl/certs/link.pem").symlink_to("one.pem")
    (source / "java-17").mkdir()
    (source / "java-17/password").write_text("secret")
    (source / "java-17/password").chmod(0o600)
    (source / "java-17/logging").write_text("level")
    (source / "shadow").write_text("root:hash")
    (source / "services").write_text("ssh 22/tcp\n")
    (source / "os-release").symlink_to("/usr/lib/os-release")
    (source / "timezone").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("Etc/UTC\n")
    (source / "hosts").write_text("10.0.0.1 printer\n")
    (source / "resolv.conf").write_text("nameserver 10.0.0.1\n")
    return source


def tree(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*") if file.is_symlink() or not file.is_dir()}


def test_shows_what_is_named_and_public(etc: Path) -> None:
    """Files that others may not read stay out, also within a directory that is shown."""
    copy = EtcCopy(etc)
    shown = copy.path(network=False)
    own = {"passwd", "group", "nsswitch.conf", "hosts"}
    public = {"ssl/certs/one.pem", "ssl/certs/link.pem", "java-17/logging", "services", "os-release", "timezone"}
    assert tree(shown) == own | public
    assert (shown / "timezone").read_text() == "Etc/UTC\n"
    assert (shown / "os-release").readlink() == Path("/usr/lib/os-release")


def test_only_a_network_shows_the_host_s_names(etc: Path) -> None:
    """Without a network the resolver and the hosts of this machine are nobody's business."""
    copy = EtcCopy(etc)
    assert "printer" not in (copy.path(network=False) / "hosts").read_text()
    assert "printer" in (copy.path(network=True) / "hosts").read_text()
    assert (copy.path(network=True) / "resolv.conf").exists()
    assert not (copy.path(network=False) / "resolv.conf").exists()


def test_is_made_once_and_again_after_a_change(etc: Path) -> None:
    """A certificate that is added is seen by the next command; a start costs no second copy."""
    copy = EtcCopy(etc)
    first = copy.path(network=False)
    assert copy.path(network=False) == first
    (etc / "ssl/certs/two.pem").write_text("new")
    os.utime(etc / "ssl/certs", ns=(1, 1))
    second = copy.path(network=False)
    assert (second / "ssl/certs/two.pem").read_text() == "new"
    assert first.is_dir(), "a command that still runs has its files"


def test_a_copy_that_was_cleaned_away_is_made_again(etc: Path) -> None:
    """A cleaner of temporary files does not stop the sandbox."""
    copy = EtcCopy(etc)
    subprocess.run(["rm", "-r", copy.path(network=False).parent], check=True)
    assert (copy.path(network=False) / "services").is_file()


def test_what_a_killed_process_left_is_removed(etc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of the living are left alone, those of the dead go with the next start."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    living = EtcCopy(etc)
    kept = living.path(network=False)
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom tamma_core.sandbox.etc_copy import EtcCopy\n"
        "copy = EtcCopy(Path(sys.argv[1]))\nprint(copy.path(network=False), flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    child = subprocess.run(
        [sys.executable, "-c", program, etc], env=environment, check=False, capture_output=True, text=True
    )
    left = Path(child.stdout.strip())
    assert left.is_dir()
    other = EtcCopy(etc)
    other.path(network=False)
    assert not left.exists()
    assert kept.is_dir()


def test_processes_that_begin_at_once_keep_what_is_theirs(etc: Path, tmp_path: Path) -> None:
    """Each cleans up what killed ones left, and none takes away what another has just made."""
    program = (
        "import sys; from pathlib import Path; from tamma_core.sandbox.etc_copy import EtcCopy\n"
        "copies = [EtcCopy(Path(sys.argv[1])) for _ in range(40)]\n"
        "paths = [copy.path(network=False) for copy in copies]\n"
        "assert all((path / 'passwd').is_file() for path in paths)\n"
        "print('kept', flush=True); sys.stdin.read()"
    )
    command = (sys.executable, "-c", program, str(etc))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    beginning = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)
    ]
    said = [process.stdout.readline() for process in beginning if process.stdout is not None]
    for process in beginning:
        process.communicate()
    assert said == [b"kept\n"] * 4
