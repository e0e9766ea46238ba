"""Plain git as a forge: who we are, and where things are kept."""

import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import fields
from pydantic import SecretStr
from tamma_core.domain.capabilities import PlatformCapabilities
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.record import Record
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.git_platform import GitPlatform, IssueSource, ReopensIssues
from tamma_core.ports.heard_port import heard_by_call
from tamma_core.workspace.git import Git

from tamma_platforms.plain_git.capabilities import plain_git_capabilities
from tamma_platforms.plain_git.issues import PlainGitIssues
from tamma_platforms.plain_git.merging import Signature
from tamma_platforms.plain_git.place import Place, place_of
from tamma_platforms.plain_git.pull_requests import PlainGitPullRequests


class PlainGitOptions(Record, frozen=True, kw_only=True):
    """Say where records are kept, who makes merge commits, and which `host:port` may be reached without encryption."""

    data_directory: Path
    author_name: str = "Tamma"
    author_email: str = "tamma@localhost"
    plain_http: Collection[str] = ()


def plain_git_options(values: Mapping[str, object]) -> PlainGitOptions:
    """Read options of a configuration; raise `ConfigError` naming one that is missing or not known."""
    known = {item.name for item in fields(PlainGitOptions)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"plain git has no option `{unknown[0]}`", hint=f"known are {', '.join(sorted(known))}")
    places = values.get("plain_http", ())
    if isinstance(places, str) or not isinstance(places, Collection):
        raise ConfigError("`plain_http` of plain git is a list", hint="write each place as `host:port`")
    texts = {key: str(value) for key, value in values.items() if key != "plain_http"}
    if not texts.get("data_directory"):
        raise ConfigError("plain git needs a directory for its records", hint="set `data_directory`")
    directory = Path(texts.pop("data_directory")).expanduser().absolute()
    return PlainGitOptions(data_directory=directory, plain_http=frozenset(map(str, places)), **texts)


@heard_by_call(GitPlatform, IssueSource, ReopensIssues)
class PlainGitPlatform(PlainGitPullRequests, PlainGitIssues):
    """Do everything that an unattended change needs, without a server."""

    def __init__(self, name: str, *, options: PlainGitOptions, token: SecretStr | None = None) -> None:
        self._name = name
        self._options = options
        self._token = token
        self._git = Git(environment={})

    @property
    def name(self) -> str:
        """Answer the configured name."""
        return self._name

    async def initialize(self) -> None:
        """Check the version of git. Idempotent."""
        await self._git.check_version()

    def get_capabilities(self) -> PlatformCapabilities:
        """Tell what a forge without a server can do."""
        return plain_git_capabilities()

    async def current_user(self) -> str:
        """Answer the account of the operating system that we run as; nothing in the environment changes it."""
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            return f"uid-{os.getuid()}"

    async def dispose(self) -> None:
        """Do nothing: nothing is held between two calls."""

    def place(self, ref: RepositoryRef) -> Place:
        """Find the parts of a repository."""
        return place_of(
            ref,
            git=self._git,
            data_directory=self._options.data_directory,
            token=self._token,
            plain_http=self._options.plain_http,
        )

    def signature(self) -> Signature:
        """Say who makes merge commits, now."""
        return Signature(name=self._options.author_name, email=self._options.author_email, at=datetime.now(UTC))
