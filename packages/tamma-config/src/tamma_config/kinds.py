"""The types of providers and forges: those of the specification, and those that other packages bring."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import get_args

from tamma_core.domain.record import Record

from tamma_config.platforms import PlatformEntry, PlatformType
from tamma_config.problems import Problem
from tamma_config.providers import ProviderEntry, ProviderType
from tamma_config.references import is_reference
from tamma_config.schema import TammaConfig
from tamma_config.suggestion import nearest
from tamma_config.tree import Path


class Installed(Record, frozen=True, kw_only=True):
    """List the types that other packages bring; asked only about one that the specification does not name."""

    providers: Callable[[], Collection[str]] = tuple
    platforms: Callable[[], Collection[str]] = tuple


NOTHING_INSTALLED = Installed()


def unknown_types(settings: TammaConfig, installed: Installed) -> Iterator[Problem]:
    """Yield the types of enabled entries that nobody knows."""
    ai, git = settings.ai_provider.providers, settings.git_platform.platforms
    yield from _unknown(("aiProvider", "providers"), ai, get_args(ProviderType), installed.providers)
    yield from _unknown(("gitPlatform", "platforms"), git, get_args(PlatformType), installed.platforms)


def _unknown(
    path: Path,
    entries: Sequence[ProviderEntry | PlatformEntry],
    ours: Sequence[str],
    others: Callable[[], Collection[str]],
) -> Iterator[Problem]:
    for index, entry in enumerate(entries):
        written = entry.type
        if written is None or not entry.enabled or written in ours or is_reference(written):
            continue
        known = [*ours, *sorted(set(others()) - set(ours))]
        if written not in known:
            listed = ", ".join(f"`{name}`" for name in known)
            guess = nearest(written, known)  # the type itself is not quoted: it may be a misplaced secret
            yield (*path, index, "type"), f"is not installed here; expected one of {listed}{guess}"
