"""Everything that belongs to one repository: its address, its desk and its records."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.record import Record
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import parse_address
from tamma_core.workspace.git import Git

from tamma_platforms.plain_git.store import RecordStore
from tamma_platforms.plain_git.target import Target


class Place(Record, frozen=True, kw_only=True):
    """Hold one repository's parts; `ref` is the one spelling by which its tasks, locks and records are found."""

    ref: RepositoryRef
    remote: GitRemote
    target: Target
    store: RecordStore


def place_of(ref: RepositoryRef, *, git: Git, data_directory: Path, token: SecretStr | None) -> Place:
    """Find the parts of a repository; raise `ConfigError` or `Unsupported` for an address that git cannot use."""
    ref = RepositoryRef(ref.forge, _spelled(ref.path))
    address = parse_address(ref.path, ())
    remote = GitRemote(url=address.url, secret=token if address.origin else None)
    directory = data_directory / address.key
    return Place(ref=ref, remote=remote, target=Target(git, remote, address, directory), store=RecordStore(directory))


def _spelled(path: str) -> str:
    if path.startswith("file:///"):
        path = unquote(urlsplit(path).path)
    if "://" in path:
        return path.rstrip("/")
    try:
        directory = Path(path).expanduser().resolve()
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"{path!r} is no path of a repository: {error}", hint="give an absolute path") from error
    return str(directory.parent if directory.name == ".git" else directory)
