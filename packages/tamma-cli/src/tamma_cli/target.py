"""Find out which repository and issue the command line means."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tamma_config.configuration import Configuration
from tamma_config.platforms import PlatformEntry
from tamma_core.domain.errors import ConfigError, InvalidInput
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.workspace.git import Git
from tamma_platforms.http.address import same_place
from tamma_platforms.issue_url import parse_issue_url

from tamma_cli.forges import PLAIN_GIT
from tamma_cli.unconfigured import unconfigured

_PATH = re.compile(r"/(?P<path>[^/\s]+/[^/\s]+?)(?:\.git)?/?")


class Target(Record, frozen=True, kw_only=True):
    """Name the repository, and the issue by reference or, on plain git, by its file."""

    repository: RepositoryRef
    issue: IssueRef | None = None
    issue_file: Path | None = None


async def find_target(configuration: Configuration, *, repo: str | None, issue: str | None) -> Target:
    """Read `--repo` and `--issue`; without `--repo`, an issue's address or the present directory tells."""
    entries = configuration.platforms()
    if issue is not None and "://" in issue:
        return await _of_address(entries, issue, repo)
    repository = await _repository(entries, configuration.settings.git_platform.default, repo)
    if issue is None:
        return Target(repository=repository)
    if repository.forge == PLAIN_GIT:
        return Target(repository=repository, issue_file=_file(issue))
    key = issue.removeprefix("#")
    if not key.isdigit():
        raise InvalidInput(f"`{issue}` is no number of an issue", hint="give a number or the issue's address")
    return Target(repository=repository, issue=IssueRef(repository.forge, repository, key))


async def _of_address(entries: Sequence[PlatformEntry], issue: str, repo: str | None) -> Target:
    entry = _forge_of(entries, issue)
    if entry is None or entry.base_url is None:
        raise await unconfigured(issue) or ConfigError(
            f"no configured git platform has the issue {issue}",
            hint="add the platform to `gitPlatform.platforms` with its `baseUrl` and `token`",
        )
    ref = parse_issue_url(issue, forge=entry.name, base_url=entry.base_url)
    if repo is not None and repo.removesuffix(".git").rstrip("/").split("/")[-1] != ref.repository.path.split("/")[-1]:
        raise InvalidInput("`--issue` and `--repo` name different repositories", hint="the issue's address is enough")
    return Target(repository=ref.repository, issue=ref)


def _forge_of(entries: Sequence[PlatformEntry], address: str) -> PlatformEntry | None:
    """Answer the configured forge that an address lies on: below the longest base, since one may lie below another."""
    found = [entry for entry in entries if entry.base_url and same_place(address, entry.base_url)]
    return max(found, key=lambda entry: len(entry.base_url or ""), default=None)


def _on_forge(entries: Sequence[PlatformEntry], address: str) -> RepositoryRef | None:
    """Read the address of a repository on a configured forge."""
    entry = _forge_of(entries, address) if "://" in address else None
    if entry is None or entry.base_url is None:
        return None
    match = _PATH.fullmatch(urlsplit(address).path.removeprefix(urlsplit(entry.base_url).path.rstrip("/")))
    return RepositoryRef(entry.name, match["path"]) if match else None


async def _repository(entries: Sequence[PlatformEntry], default: str | None, repo: str | None) -> RepositoryRef:
    if repo is not None and "://" in repo:
        if "@" in urlsplit(repo).netloc:
            raise InvalidInput(
                "the address of the repository holds a user or a password",
                hint="take it out of the address, and put a token into the configuration",
            )
        return _on_forge(entries, repo) or await _elsewhere(entries, repo)
    directory = _directory(repo)
    if directory is None:
        return _by_name(default, repo or "")
    origin = await _origin(directory) if repo is None else ""
    return _on_forge(entries, origin) or RepositoryRef(PLAIN_GIT, str(directory))


async def _elsewhere(entries: Sequence[PlatformEntry], address: str) -> RepositoryRef:
    """Answer plain git for an address; raise when it is one of a forge, which plain git could not push to."""
    entry = _forge_of(entries, address)
    if entry is not None:
        raise InvalidInput(
            f"{address} is no repository of git platform `{entry.name}`",
            hint=f"write it as `{(entry.base_url or '').rstrip('/')}/owner/name`",
        )
    if address.startswith(("http://", "https://")):
        refused = await unconfigured(address)
        if refused is not None:
            raise refused
    return RepositoryRef(PLAIN_GIT, address)


def _by_name(default: str | None, repo: str) -> RepositoryRef:
    if re.fullmatch(r"[^/\s]+/[^/\s]+", repo) and default is not None and default != PLAIN_GIT:
        return RepositoryRef(default, repo)
    raise InvalidInput(
        f"there is no repository `{repo}`",
        hint="give a path, an address, or OWNER/NAME with `gitPlatform.default` configured",
    )


def _directory(repo: str | None) -> Path | None:
    """Answer the repository on this machine that is meant; none when there is no such path."""
    if repo is None:
        return _top(Path.cwd(), hint="give `--repo`, or go into a repository")
    given = Path(repo).expanduser()
    return _top(given, hint="give the path of a repository") if given.exists() else None


def _top(directory: Path, *, hint: str) -> Path:
    """Answer the repository that a directory belongs to."""
    start = directory.absolute()
    for place in (start, *start.parents):
        if (place / ".git").exists() or ((place / "HEAD").is_file() and (place / "objects").is_dir()):
            return place
    raise InvalidInput(f"`{directory}` is no git repository", hint=hint)


async def _origin(directory: Path) -> str:
    """Answer where the repository was cloned from; it may be one on a configured forge."""
    git_dir = directory / ".git" if (directory / ".git").exists() else directory
    answer = await Git(environment={}).attempt(git_dir, "config", "--get", "remote.origin.url")
    return answer.out.decode(errors="replace").strip()


def _file(issue: str) -> Path:
    file = Path(issue).expanduser()
    if not file.is_file():
        raise InvalidInput(
            f"there is no file `{issue}`", hint="on plain git an issue is a Markdown file; or use `--task`"
        )
    return file.absolute()
