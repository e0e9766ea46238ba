"""Everything that belongs to one repository: its address, its desk and its records."""

from collections.abc import Collection
from pathlib import Path

from pydantic import SecretStr
from tamma_core.domain.encryption import check_encrypted
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.record import Record
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.git_platform import GitRemote
from tamma_core.workspace.address import parse_address
from tamma_core.workspace.git import Git

from tamma_platforms.plain_git.spelling import spelled
from tamma_platforms.plain_git.store import RecordStore
from tamma_platforms.plain_git.target import Target

_ENDING = ".git"


class Place(Record, frozen=True, kw_only=True):
    """Hold one repository's parts; `ref` is the one spelling by which its tasks, locks and records are found."""

    ref: RepositoryRef
    remote: GitRemote
    target: Target
    store: RecordStore

    def keep_address(self) -> None:
        """Keep the address that answered first: no server says whether it has the same repository with and without `.git`."""
        _check_address(self.store.keep_address(self.ref.path), self.ref.path)


def place_of(
    ref: RepositoryRef, *, git: Git, data_directory: Path, token: SecretStr | None, plain_http: Collection[str] = ()
) -> Place:
    """Find the parts of a repository; raise `ConfigError`, `Unsupported` or `InvalidInput` for an address that cannot be used."""
    ref = RepositoryRef(ref.forge, spelled(ref.path))
    address = parse_address(ref.path)
    check_encrypted("the repository", address.url, plain_http)
    kept = address if address.scheme == "file" else parse_address(f"{ref.path.removesuffix(_ENDING)}{_ENDING}")
    remote = GitRemote(url=address.url, secret=token if address.origin else None)
    directory = data_directory / kept.key
    store = RecordStore(directory)
    _check_address(store.address() or ref.path, ref.path)
    return Place(ref=ref, remote=remote, target=Target(git, remote, address, directory), store=store)


def _check_address(known: str, given: str) -> None:
    if known != given:
        raise InvalidInput(
            f"the repository `{given}` is known here as `{known}`",
            hint="give that address, so that no issue gets two tasks",
        )
