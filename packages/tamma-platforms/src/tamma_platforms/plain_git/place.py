"""Everything that belongs to one repository: its address, its desk and its records."""

from pathlib import Path

from pydantic import SecretStr
from tamma_core.domain.record import Record
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import parse_address
from tamma_core.workspace.git import Git

from tamma_platforms.plain_git.store import RecordStore
from tamma_platforms.plain_git.target import Target


class Place(Record, frozen=True, kw_only=True):
    """Hold one repository's parts."""

    ref: RepositoryRef
    remote: GitRemote
    target: Target
    store: RecordStore


def place_of(ref: RepositoryRef, *, git: Git, data_directory: Path, token: SecretStr | None) -> Place:
    """Find the parts of a repository; raise `ConfigError` or `Unsupported` for an address that git cannot use."""
    spelled = ref.path if "://" in ref.path else str(Path(ref.path).expanduser().absolute())
    address = parse_address(spelled, ())
    remote = GitRemote(url=address.url, secret=token if address.origin else None)
    directory = data_directory / address.key
    return Place(ref=ref, remote=remote, target=Target(git, remote, address, directory), store=RecordStore(directory))
