"""Find out which repository and issue the command line means."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from tamma_config.configuration import Configuration
from tamma_config.platforms import PlatformEntry
from tamma_core.domain.errors import ConfigError, InvalidInput
from tamma_core.domain.record import Record
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_platforms.issue_url import parse_issue_url

from tamma_cli.forges import PLAIN_GIT
from tamma_cli.matching import cloned_from, forge_of, on_forge
from tamma_cli.origin import Origin, parse_origin, read_origin
from tamma_cli.unconfigured import unconfigured

_NUMBER = re.compile(r"#?[0-9]{1,18}")


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
    if not _NUMBER.fullmatch(issue):
        raise InvalidInput(f"`{issue}` is no number of an issue", hint="give a number or the issue's address")
    key = str(int(issue.removeprefix("#")))
    return Target(repository=repository, issue=IssueRef(repository.forge, repository, key))


async def _of_address(entries: Sequence[PlatformEntry], issue: str, repo: str | None) -> Target:
    entry = forge_of(entries, issue)
    if entry is None or entry.base_url is None:
        raise await unconfigured(issue) or ConfigError(
            f"no configured git platform has the issue {issue}",
            hint="add the platform to `gitPlatform.platforms` with its `baseUrl` and `token`",
        )
    ref = parse_issue_url(issue, forge=entry.name, base_url=entry.base_url)
    if repo is not None and repo.removesuffix(".git").rstrip("/").split("/")[-1] != ref.repository.path.split("/")[-1]:
        raise InvalidInput("`--issue` and `--repo` name different repositories", hint="the issue's address is enough")
    return Target(repository=ref.repository, issue=ref)


async def _repository(entries: Sequence[PlatformEntry], default: str | None, repo: str | None) -> RepositoryRef:
    named = parse_origin(repo or "")
    if named is not None and named.ssh and _directory(repo) is None:
        return cloned_from(entries, named) or await _unmatched(named, f"`{repo}` is on")
    if repo is not None and "://" in repo:
        if "@" in _host_of(repo):
            raise InvalidInput(
                "the address of the repository holds a user or a password",
                hint="take it out of the address, and put a token into the configuration",
            )
        return on_forge(entries, repo) or await _elsewhere(entries, repo)
    directory = _directory(repo)
    if directory is None:
        return _by_name(default, repo or "")
    origin = await read_origin(directory) if repo is None else None
    if origin is None:
        return RepositoryRef(PLAIN_GIT, str(directory))
    found = cloned_from(entries, origin)
    if found is None and default == PLAIN_GIT:
        return RepositoryRef(PLAIN_GIT, str(directory))
    return found or await _unmatched(origin, f"`{directory}` was cloned from")


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError as error:
        raise InvalidInput(f"`{address}` is no address: {error}", hint="give a path, or an https URL") from error


async def _unmatched(origin: Origin, what: str) -> NoReturn:
    """Refuse what is on no configured forge: to merge into the clone is no merge where it came from."""
    raise (await unconfigured(origin.web) if origin.web else None) or ConfigError(
        f"{what} {origin.host or 'an address that cannot be read'}, and no git platform is configured there",
        hint="add it to `gitPlatform.platforms` with its `baseUrl` and `token`; or clone it,"
        " and `--repo .` works on the clone alone, as plain git",
    )


async def _elsewhere(entries: Sequence[PlatformEntry], address: str) -> RepositoryRef:
    """Answer plain git for an address; raise when it is one of a forge, which plain git could not push to."""
    entry = forge_of(entries, address)
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


def _file(issue: str) -> Path:
    file = Path(issue).expanduser()
    if not file.is_file():
        raise InvalidInput(
            f"there is no file `{issue}`", hint="on plain git an issue is a Markdown file; or use `--task`"
        )
    return file.absolute()
