"""Install the programs that Tamma is measured beside, each into an environment of its own in the developer's cache."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tamma_core.domain.record import Record

from bench.screen import say


class Peer(Record, frozen=True):
    """Name a program and the packages that it needs."""

    name: str
    requirements: tuple[str, ...]
    commands: tuple[str, ...]

    @property
    def home(self) -> Path:
        """Answer the directory of its environment; other requirements are another one."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "tamma-dev" / f"bench-{self.name}"

    def command(self, name: str) -> Path:
        """Answer one of its programs."""
        return self.home / "bin" / name


MINI = Peer("mini-swe-agent", ("mini-swe-agent==2.4.6", "mcp>=2.3"), ("mini", "python"))
AIDER = Peer("aider", ("aider-chat==0.86.2",), ("aider",))


def install(peer: Peer) -> Peer:
    """Install a peer unless it is there; say so, since it takes minutes and hundreds of megabytes."""
    done = peer.home / "installed.txt"
    wanted = "\n".join(peer.requirements)
    if done.is_file() and done.read_text() == wanted and all(peer.command(name).exists() for name in peer.commands):
        return peer
    say(f"installing {', '.join(peer.requirements)} into {peer.home} (a peer, for measuring only)")
    shutil.rmtree(peer.home, ignore_errors=True)
    subprocess.run([*_uv(), "venv", "--quiet", "--python", sys.executable, peer.home], check=True)
    python = peer.command("python")
    subprocess.run([*_uv(), "pip", "install", "--quiet", "--python", python, *peer.requirements], check=True)
    # Bytecode is compiled at the first start; that start is not to be measured.
    subprocess.run([python, "-m", "compileall", "-q", peer.home / "lib"], check=False, stdout=subprocess.DEVNULL)
    done.write_text(wanted)
    return peer


def _uv() -> list[str]:
    return [sys.executable, "-m", "uv"]
