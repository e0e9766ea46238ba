"""The forges of one process, opened by their configured names when first used."""

from pathlib import Path

from tamma_config.configuration import Configuration
from tamma_config.platforms import PlatformEntry
from tamma_core.domain.errors import Unsupported
from tamma_core.ports.git_platform import GitPlatform, IssueSource
from tamma_platforms.registry import open_platform, platform_kinds

PLAIN_GIT = "plain-git"


class ConfiguredForges:
    """Open each forge once; plain git needs no entry in the configuration."""

    def __init__(self, configuration: Configuration, records: Path) -> None:
        self._configuration = configuration
        self._records = records
        self._open: dict[str, GitPlatform] = {}

    async def platform(self, name: str) -> GitPlatform:
        """Answer an initialised forge."""
        forge = self._open.get(name)
        if forge is None:
            forge = self._made(name)
            await forge.initialize()
            self._open[name] = forge
        return forge

    async def issues(self, name: str) -> IssueSource:
        """Answer the tracker of a forge; raise `Unsupported` when it has none."""
        forge = await self.platform(name)
        if not isinstance(forge, IssueSource):
            raise Unsupported(f"forge `{name}` has no issues", hint="say what is wanted with `--task`")
        return forge

    async def dispose(self) -> None:
        """Close all connections. Idempotent."""
        while self._open:
            _, forge = self._open.popitem()
            await forge.dispose()

    def _made(self, name: str) -> GitPlatform:
        permitted = self._configuration.settings.plain_http
        if name == PLAIN_GIT:
            options = {"data_directory": str(self._records), "plain_http": permitted}
            return open_platform(name, kind="plain_git", options=options)
        entry = self._configuration.platform(name)
        kind = kind_of(entry)
        if kind not in platform_kinds():
            listed = ", ".join(f"`{one.replace('_', '-')}`" for one in platform_kinds())
            raise Unsupported(
                f"git platform `{name}` is of the type `{kind.replace('_', '-')}`, which is not there yet",
                hint=f"installed are: {listed}",
            )
        limits = {} if entry.timeout_seconds is None else {"timeout_s": entry.timeout_seconds}
        address, token = entry.base_url or "", entry.token
        return open_platform(name, kind=kind, base_url=address, token=token, options=limits, plain_http=permitted)


def kind_of(entry: PlatformEntry) -> str:
    """Answer a forge's kind as its adapter is named, by the entry's name where no type is written."""
    return (entry.type or entry.name).replace("-", "_")
