"""Run a real Gitea on loopback: `python -m services.gitea` keeps one up for hand work."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from services.daemon import Daemon, await_interrupt, free_port, interrupt_on_sigterm
from services.gitea_account import BOT_SCOPES, Account, GiteaError, Json, connect
from services.gitea_program import VERSION, gitea_program
from services.gitea_repository import Files, Repository

START_TIMEOUT_S = 60.0

_APP_INI = """\
APP_NAME = Gitea for tests
RUN_MODE = prod
RUN_USER = {user}
WORK_PATH = {directory}

[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {url}/
STATIC_ROOT_PATH = {static}
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = false

[database]
DB_TYPE = sqlite3
PATH = {directory}/gitea.db
SQLITE_JOURNAL_MODE = WAL

[security]
INSTALL_LOCK = true
SECRET_KEY = {secret}

[service]
DISABLE_REGISTRATION = true

[repository]
ROOT = {directory}/repositories
DEFAULT_BRANCH = main

[queue]
TYPE = channel

[queue.pr_patch_checker]
MAX_WORKERS = 2

[indexer]
ISSUE_INDEXER_TYPE = db

[cron]
ENABLED = false

[cron.update_checker]
ENABLED = false

[webhook]
ALLOWED_HOST_LIST = *

[actions]
ENABLED = true
ZOMBIE_TASK_TIMEOUT = 12s

[oauth2]
ENABLED = false

[session]
PROVIDER = memory

[log]
MODE = console
LEVEL = warn
"""


@dataclass(frozen=True, slots=True)
class People:
    """Hold the accounts that a test's story needs; none of them is a site administrator."""

    owner: Account
    """Owns the repositories."""
    maintainer: Account
    """Has write access, as the bot has, and is a person."""
    bot: Account
    stranger: Account
    """Has an account and no access."""


class Gitea:
    """Own one Gitea server: its process, its directory, its users.

    Start it by `start()` or as a context manager; `stop()` ends the process group and removes
    the directory. All methods block: a test calls them for set-up, not as what it tests.
    """

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="services-gitea-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._accounts: list[Account] = []
        self._daemon: Daemon | None = None
        self._program = Path()

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server whatever happened."""
        self.stop()

    @property
    def admin(self) -> Account:
        """Return the site administrator, for set-up only."""
        return self._accounts[0]

    @property
    def pid(self) -> int:
        """Return the id of the server process."""
        if self._daemon is None:
            raise GiteaError("Gitea is not started")
        return self._daemon.pid

    def start(self) -> None:
        """Start a server with an empty database and create the administrator."""
        self._program = gitea_program()
        self._write_settings()
        try:
            self._run_server()
            self._accounts.append(connect(self.url, "root-admin", self._create_admin()))
        except BaseException:
            self.stop()
            raise

    def restart(self, crash: bool = False) -> None:
        """Stop the server, by SIGKILL if `crash`, and start it again on the same data and port."""
        if self._daemon is not None:
            (self._daemon.kill if crash else self._daemon.stop)()
        self._run_server()

    def stop(self) -> None:
        """End the process and remove all that it stored."""
        for account in self._accounts:
            account.client.close()
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def create_user(self, name: str, scopes: Sequence[str] = BOT_SCOPES) -> Account:
        """Create a user without administrator rights, with a token of the scopes named."""
        import httpx2

        password = secrets.token_urlsafe(16)
        user: Json = {
            "username": name,
            "email": f"{name}@git.example",
            "password": password,
            "must_change_password": False,
        }
        self.admin.call("POST", "/admin/users", user)
        # Gitea makes tokens only for who shows the user's own password.
        answer = httpx2.post(
            f"{self.url}/api/v1/users/{name}/tokens",
            auth=(name, password),
            json={"name": "test", "scopes": list(scopes)},
            trust_env=False,
        )
        if not answer.is_success:
            raise GiteaError(f"no token for {name}: {answer.status_code} {answer.text}")
        account = connect(self.url, name, answer.json()["sha1"])
        self._accounts.append(account)
        return account

    def create_people(self) -> People:
        """Create one account of each role."""
        return People(*(self.create_user(n) for n in ("owner", "maintainer", "bot", "stranger")))

    def create_repository(self, owner: Account, name: str, files: Files, private: bool = False) -> Repository:
        """Create a repository whose branch `main` is one commit with all the files."""
        body: Json = {"name": name, "private": private, "default_branch": "main"}
        self.admin.call("POST", f"/admin/users/{owner.name}/repos", body)
        repository = Repository(owner, name, f"{self.url}/{owner.name}/{name}.git")
        sha = repository.push(files, "main", base=None, message="start")
        repository.await_branch("main", sha)
        return repository

    def runner_token(self) -> str:
        """Return a token by which an Actions runner for the whole server may register."""
        path = "/admin/actions/runners/registration-token"
        return str(self.admin.record("POST", path)["token"])

    def end_lost_jobs(self) -> None:
        """Have the server end the jobs that no runner reported on for a while, as it does by itself each five minutes."""
        self.admin.call("POST", "/admin/cron/stop_zombie_tasks")

    def _run_server(self) -> None:
        command = [str(self._program), "web", "--config", str(self._settings)]
        self._daemon = Daemon("gitea", command, self.directory / "server.log")
        self._daemon.start(self._environment(), self.directory, self._answers, START_TIMEOUT_S)

    def _answers(self) -> bool:
        import httpx2

        try:
            return httpx2.get(f"{self.url}/api/healthz", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    @property
    def _settings(self) -> Path:
        return self.directory / "app.ini"

    def _write_settings(self) -> None:
        text = _APP_INI.format(
            user=getpass.getuser(),
            directory=self.directory,
            port=self.port,
            url=self.url,
            static=self._program.parent / "static",
            secret=secrets.token_hex(32),
        )
        self._settings.touch(mode=0o600)
        self._settings.write_text(text)

    def _environment(self) -> dict[str, str]:
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "USER": getpass.getuser(),
            "TMPDIR": str(home),
            "GITEA_WORK_DIR": str(self.directory),
            "GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT": "true",
        }

    def _create_admin(self) -> str:
        """Create the administrator by the command line, which alone needs no account yet."""
        arguments = ["admin", "user", "create", "--admin", "--username", "root-admin"]
        arguments += ["--email", "root-admin@git.example", "--random-password"]
        arguments += ["--must-change-password=false", "--access-token"]
        arguments += ["--access-token-scopes", "all", "--config", str(self._settings)]
        result = subprocess.run(
            [self._program, *arguments],
            env=self._environment(),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        for line in result.stdout.splitlines():
            if line.startswith("Access token was successfully created"):
                return line.rpartition(" ")[2]
        raise GiteaError(f"no administrator: {result.stdout}{result.stderr}")


def main() -> None:
    """Run a server with users, a repository and a runner until interrupted; print how to enter."""
    from services.actions_runner import ActionsRunner

    interrupt_on_sigterm()
    with Gitea() as gitea, ActionsRunner(gitea.url, gitea.runner_token()):
        people = gitea.create_people()
        repository = gitea.create_repository(people.owner, "demo", {"README.md": "# demo\n"})
        repository.admit(people.maintainer, people.bot)
        print(f"Gitea {VERSION}  {gitea.url}   repository  {repository.url}")
        accounts = (gitea.admin, people.owner, people.maintainer, people.bot, people.stranger)
        for account in accounts:
            print(f"{account.name:12} {account.token}")
        print("Ctrl-C stops it and removes everything.", flush=True)
        await_interrupt()


if __name__ == "__main__":
    main()
