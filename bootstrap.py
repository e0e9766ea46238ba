"""Set up Tamma in a fresh clone, then run its demo or its tests; needs only Python 3.11.

    python3 bootstrap.py demo
    python3 bootstrap.py test

Everything goes into `.venv`, from hash-pinned locks, by pip's and uv's own configuration. A second run starts at once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
STARTED = time.monotonic()
COMMANDS = {
    "demo": ("requirements-run.lock", ["-m", "tamma", "demo"]),
    "test": ("requirements.lock", ["tools/test.py"]),
}
GO_LOCK = "requirements-go.lock"
UV_NAMES = {
    "cert": "SSL_CERT_FILE",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "no-index": "UV_NO_INDEX",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "trusted-host": "UV_INSECURE_HOST",
}


def say(text: str) -> None:
    """Print one line of progress with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.1f} s] {text}", file=sys.stderr, flush=True)


def run(doing: str, *command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run one step of the set-up quietly; show what it printed only when it fails."""
    say(doing)
    with tempfile.TemporaryFile() as output:
        step = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT)
        while step.returncode is None:
            try:
                step.wait(timeout=10)
            except subprocess.TimeoutExpired:
                say(f"{doing} (still at it)")
        if step.returncode:
            output.seek(0)
            sys.stderr.write(output.read().decode(errors="replace"))
            sys.exit(f"error: {doing} failed, see above\nhint: mend the cause and run this again, it goes on from here")


def make_environment() -> None:
    """Make `.venv` anew unless the one that is there works."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    parts = {name: importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip", "pip")}
    if not parts["venv"] or not (parts["ensurepip"] or parts["pip"]):
        sys.exit(
            "error: this Python cannot make a virtual environment (its module `venv` or `ensurepip` is absent)\n"
            "hint: install it (on Debian and Ubuntu: `apt install python3-venv`), or use another Python 3.11 or newer"
        )
    without_pip = [] if parts["ensurepip"] else ["--without-pip"]
    run("making .venv", sys.executable, "-m", "venv", *without_pip, VENV)


def answers(*command: str | Path) -> bool:
    """Tell whether a program can be run."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pip() -> list[str | Path]:
    """Name a pip that installs into `.venv`: its own, or the one of the Python that runs this program."""
    if answers(PYTHON, "-m", "pip", "--version"):
        return [PYTHON, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", PYTHON]


def uv_environment() -> dict[str, str]:
    """Give uv what the user configured for pip, since it reads neither PIP_* nor pip.conf; its own settings win."""
    env = dict(os.environ)
    listed = subprocess.run([*pip(), "config", "list"], capture_output=True, text=True, check=False).stdout
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        values = value.strip("'\"").replace("\\n", " ").split()
        name = UV_NAMES.get(key.rpartition(".")[2])
        if name == "UV_FIND_LINKS":
            values = [place for place in values if "://" in place or Path(place).is_dir()]
        if name and values and name not in os.environ:
            env[name] = ("," if name == "UV_FIND_LINKS" else " ").join(values)
    trusted = ssl.get_default_verify_paths()
    if trusted.cafile or trusted.capath:
        env.setdefault("UV_SYSTEM_CERTS", "true")  # pip trusts what the machine trusts, uv only its own list
    return env


def fingerprint(lock: str) -> str:
    """Digest everything that decides what is installed, so that a change of it installs again."""
    digest = hashlib.sha256(f"{ROOT}\0{PYTHON.resolve()}".encode())
    for path in (ROOT / lock, *sorted(ROOT.glob("packages/*/pyproject.toml"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(lock: str) -> None:
    """Install the locked packages and, in editable form, our own."""
    stamp, wanted = VENV / f"{lock}.installed", fingerprint(lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not answers(PYTHON, "-m", "uv", "--version"):
        run("installing uv", *pip(), "install", "--require-hashes", "-r", "requirements-uv.lock")
    env = uv_environment()
    uv: list[str | Path] = [PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON]
    run(f"installing {lock}", *uv, "--require-hashes", "-r", lock, env=env)
    if lock != GO_LOCK:
        places = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
        ours: list[str | Path] = [part for place in places for part in ("--editable", place)]
        run("installing the packages of this checkout", *uv, "--no-deps", "--no-build-isolation", *ours, env=env)
    stamp.write_text(wanted)


def main() -> None:
    """Set up what the command needs and become it."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- it is here to tell users of older ones
        sys.exit(
            f"error: Tamma needs Python 3.11 or newer, and this is {sys.version.split()[0]}\nhint: try `python3.12`"
        )
    if not set(sys.argv[1:2]) & set(COMMANDS):
        sys.exit(f"usage: python3 bootstrap.py {'|'.join(COMMANDS)} [ARGUMENT ...]")
    lock, command = COMMANDS[sys.argv[1]]
    make_environment()
    install(lock)
    if sys.argv[1] == "test" and not shutil.which("go"):
        install(GO_LOCK)
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    inherited = uv_environment() if sys.argv[1] == "test" else os.environ  # the tests use uv themselves
    env = {**inherited, "PATH": path, "VIRTUAL_ENV": str(VENV)}
    say(f"running `{sys.argv[1]}`")
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), *command, *sys.argv[2:]], env)  # noqa: S606 -- the command takes over this process and its terminal


if __name__ == "__main__":
    main()
