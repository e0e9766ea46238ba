"""Where a clone says that it came from, in each of the ways in which git writes a remote."""

import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tamma_core.domain.record import Record

_SCP_LIKE = re.compile(r"(?:[^/@:]*@)?(?P<host>\[[^]/]*\]|[^:/]*):(?P<path>.*)", re.DOTALL)
"""Git takes an address for one of ssh when a colon comes before any slash."""
_SSH = frozenset({"ssh", "git+ssh", "ssh+git"})


class Origin(Record, frozen=True, kw_only=True):
    """Hold an address elsewhere; `ssh` tells that git logs in there, `web` is an http address without its user."""

    host: str
    path: str
    ssh: bool
    web: str = ""


async def read_origin(directory: Path) -> Origin | None:
    """Answer where the repository was cloned from; none when that is nowhere, or on this machine."""
    from tamma_core.workspace.git import Git

    git_dir = directory / ".git" if (directory / ".git").exists() else directory
    answer = await Git(environment={}).attempt(git_dir, "config", "--get", "remote.origin.url")
    return parse_origin(answer.out.decode(errors="replace").strip())


def parse_origin(address: str) -> Origin | None:
    """Read a remote's address; none for a path, or a `file:` URL."""
    if "://" not in address:
        match = _SCP_LIKE.fullmatch(address)
        return Origin(host=_bare(match["host"]), path=match["path"], ssh=True) if match else None
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return Origin(host="", path="", ssh=False)
    if parts.scheme == "file":
        return None
    web = _without_user(parts) if parts.scheme in {"http", "https"} else ""
    return Origin(host=host, path=parts.path, ssh=parts.scheme in _SSH, web=web)


def _bare(host: str) -> str:
    """Answer the host of `[host]` or `[host:port]`, as git writes one beside a port."""
    inner = host.removeprefix("[").removesuffix("]").lower()
    return inner if inner.count(":") > 1 else inner.partition(":")[0]


def _without_user(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
