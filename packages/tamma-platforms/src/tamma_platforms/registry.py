"""Find adapters, our own and those of others, by the entry points that they declare."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol, cast

from pydantic import SecretStr
from tamma_core.domain.encryption import check_encrypted
from tamma_core.domain.errors import ConfigError
from tamma_core.ports.git_platform import GitPlatform

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "tamma.platforms"


class OpensPlatform(Protocol):
    """Make an adapter without any I/O; what an entry point of the group names."""

    def __call__(
        self, name: str, *, base_url: str, token: SecretStr | None, options: Mapping[str, object]
    ) -> GitPlatform:
        """Make an adapter; raise `ConfigError` for options that do not fit."""
        ...


def platform_kinds() -> tuple[str, ...]:
    """Name the kinds of forges that are installed, words joined by `_`."""
    from importlib.metadata import entry_points

    return tuple(sorted({_kind(entry) for entry in entry_points(group=GROUP)}))


def open_platform(
    name: str,
    *,
    kind: str,
    base_url: str = "",
    token: SecretStr | None = None,
    options: Mapping[str, object],
    plain_http: Collection[str] = (),
) -> GitPlatform:
    """Make the adapter of a configured forge; raise `ConfigError` when none of its kind is installed, or its address is open to all."""
    from importlib.metadata import entry_points

    check_encrypted(f"git platform `{name}`", base_url, plain_http)
    for entry in entry_points(group=GROUP):
        if _kind(entry) == kind:
            return _loaded(entry)(name, base_url=base_url, token=token, options=dict(options))
    known = ", ".join(platform_kinds()) or "none"
    raise ConfigError(f"there is no adapter for a forge of kind `{kind}`", hint=f"installed are: {known}")


def _kind(entry: "EntryPoint") -> str:
    return entry.name.replace("-", "_")


def _loaded(entry: "EntryPoint") -> OpensPlatform:
    try:
        return cast(OpensPlatform, entry.load())
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"the forge of kind `{entry.name}` cannot be loaded from `{entry.value}`: {error}",
            hint="reinstall the package that brings it",
        ) from error
