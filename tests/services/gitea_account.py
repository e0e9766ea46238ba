"""Talk to Gitea's API as one user."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import httpx2

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

BOT_SCOPES = ("write:repository", "write:issue", "read:user")
"""The least scopes with which the whole job works.

`write:repository` covers git over HTTP, branches, pull requests, merges, statuses, protections and
Actions runs; `write:issue` covers issues, comments, labels and reactions, those of pull requests
too; `read:user` covers `/user`, by which the bot learns its own name. Nothing else is needed:
`/version` asks for no scope, `/assignees` and one's own collaborator permission are `repository`.
"""


class GiteaError(RuntimeError):
    """Say that Gitea refused a request of the test set-up."""


@dataclass(frozen=True, slots=True)
class Account:
    """Hold one user's name and token, and the client that uses them."""

    name: str
    token: str = field(repr=False)
    client: httpx2.Client = field(repr=False)

    def request(self, method: str, path: str, body: Json = None) -> httpx2.Response:
        """Send a request to `/api/v1` + `path` and return whatever the answer is."""
        return self.client.request(method, f"/api/v1{path}", json=body)

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """Send a request that must succeed and return the JSON of the answer, if it has any."""
        response = self.request(method, path, body)
        if not response.is_success:
            status = response.status_code
            raise GiteaError(f"{method} {path} as {self.name}: {status} {response.text}")
        answer: Json = response.json() if response.content else None
        return answer

    def record(self, method: str, path: str, body: Json = None) -> dict[str, Json]:
        """Send a request whose answer is one JSON object, and return that."""
        answer = self.call(method, path, body)
        if not isinstance(answer, dict):
            raise GiteaError(f"{method} {path} as {self.name}: not an object: {answer!r}")
        return answer

    def git_environment(self) -> dict[str, str]:
        """Return an environment in which git answers as this user, and reads no other settings."""
        credentials = base64.b64encode(f"{self.name}:{self.token}".encode()).decode()
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {credentials}",
            "GIT_AUTHOR_NAME": self.name,
            "GIT_AUTHOR_EMAIL": f"{self.name}@git.example",
            "GIT_COMMITTER_NAME": self.name,
            "GIT_COMMITTER_EMAIL": f"{self.name}@git.example",
        }


def connect(url: str, name: str, token: str) -> Account:
    """Return an account whose client sends `token` to the Gitea at `url`."""
    import httpx2

    headers = {"Authorization": f"token {token}"}
    # trust_env off: a proxy of the machine's must not see loopback traffic.
    client = httpx2.Client(base_url=url, headers=headers, timeout=30.0, trust_env=False)
    return Account(name, token, client)
