"""Gitea as a forge: connection and continuous integration; the rest is in the parts beside this file."""

from collections.abc import Mapping

from msgspec import field
from msgspec.structs import fields, replace
from pydantic import SecretStr
from tamma_core.domain.capabilities import PlatformCapabilities
from tamma_core.domain.errors import AuthenticationFailed, ConfigError, Defect, NotFound, Unsupported
from tamma_core.domain.record import Record
from tamma_core.domain.repository import RepositoryRef
from tamma_core.ports.git_platform import GitRemote

from tamma_platforms.gitea import reading, wire
from tamma_platforms.gitea.api import GiteaApi
from tamma_platforms.gitea.capabilities import capabilities_of
from tamma_platforms.gitea.issues import GiteaIssues
from tamma_platforms.gitea.merge import GiteaMerging
from tamma_platforms.gitea.mergeability import ConflictWatch
from tamma_platforms.gitea.repositories import GiteaRepositories
from tamma_platforms.gitea.reviews import GiteaReviews
from tamma_platforms.http.connection import ConnectionLimits
from tamma_platforms.http.fields import Fields
from tamma_platforms.http.session import Session, SessionOptions


class GiteaOptions(Record, frozen=True, kw_only=True):
    """Tune the adapter, in seconds; `timeout_s` bounds each exchange with the forge."""

    conflict_settle_s: float = 20.0
    branch_lag_s: float = 15.0
    timeout_s: float = ConnectionLimits().total_s
    session: SessionOptions = field(default_factory=SessionOptions)


def gitea_options(values: Mapping[str, object]) -> GiteaOptions:
    """Read options of a configuration; raise `ConfigError` naming one that is not known or does not fit."""
    known = {item.name for item in fields(GiteaOptions)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"Gitea has no option `{unknown[0]}`", hint=f"known are {', '.join(sorted(known))}")
    seconds = {key: value for key, value in values.items() if key != "session"}
    if not all(isinstance(value, int | float) and value >= 0 for value in seconds.values()):
        raise ConfigError("options of Gitea are numbers of seconds")
    return GiteaOptions(**values)  # type: ignore[arg-type]  # checked just above


class GiteaPlatform(GiteaRepositories, GiteaMerging, GiteaReviews, GiteaIssues):
    """Do everything that an unattended change needs of a Gitea."""

    def __init__(
        self, name: str, *, base_url: str, token: SecretStr | None, options: GiteaOptions | None = None
    ) -> None:
        options = options or GiteaOptions()
        limits = options.session.limits.within(min(options.timeout_s, options.session.limits.total_s))
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._token = token
        authorization = SecretStr(f"token {token.get_secret_value()}") if token is not None else None
        self._session = Session(
            base_url=f"{self._base_url}/api/v1",
            account=name,
            authorization=authorization,
            secret=token,
            options=replace(options.session, limits=limits),
        )
        self._api = GiteaApi(self._session)
        self._watch = ConflictWatch(settle_s=options.conflict_settle_s)
        self._lag_s = options.branch_lag_s
        self._user = ""
        self._capabilities: PlatformCapabilities | None = None

    @property
    def name(self) -> str:
        """Answer the configured name."""
        return self._name

    async def initialize(self) -> None:
        """Check the address and the token; raise `AuthenticationFailed` or `Unavailable`. Idempotent."""
        if self._capabilities is not None:
            return
        if self._token is None:
            raise AuthenticationFailed(f"there is no token for {self._name}", hint="put one into the environment")
        missing = f"there is no Gitea at the address of {self._name}"
        version = await self._api.found(wire.get_version(), missing, "check `baseUrl`: the part before `/api/v1`")
        self._user = reading.read_login(await self._api.call(wire.get_user()))
        self._capabilities = capabilities_of(Fields(version, "version").text("version"))

    def get_capabilities(self) -> PlatformCapabilities:
        """Tell what this Gitea can do at its version."""
        if self._capabilities is None:
            raise Defect(f"{self._name} was asked what it can do before `initialize`")
        return self._capabilities

    async def current_user(self) -> str:
        """Answer our own account's name."""
        await self.initialize()
        return self._user

    async def dispose(self) -> None:
        """Close connections. Idempotent."""
        await self._api.aclose()

    async def git_remote(self, repository: RepositoryRef) -> GitRemote:
        """Say how git reaches the repository: at the configured address, never at one that the server names."""
        wire.repository_path(repository)
        url = f"{self._base_url}/{repository.path}.git"
        return GitRemote(url=url, username=await self.current_user(), secret=self._token)

    async def trigger_ci(self, repository: RepositoryRef, *, workflow: str, ref: str) -> None:
        """Start a workflow at a branch; raise `NotFound`, or `Unsupported` before 1.24."""
        await self.initialize()
        ability = self.get_capabilities().trigger_ci
        if not ability.supported:
            raise Unsupported(f"{self._name}: {ability.reason}", hint=ability.instead)
        full = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        try:
            await self._api.call(wire.dispatch(repository, workflow, full))
        except NotFound as error:
            missing = f"{repository} has no workflow {workflow} at {ref}"
            raise NotFound(missing, hint="it must be on that branch and on the default one") from error
