"""Match addresses of issues, repositories and clones to the configured forges."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from tamma_config.platforms import PlatformEntry
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.repository import RepositoryRef
from tamma_platforms.http.address import same_place

from tamma_cli.origin import Origin

_PATH = re.compile(r"/?(?P<path>[^/\s]+/[^/\s]+?)(?:\.git)?/?")


def forge_of(entries: Sequence[PlatformEntry], address: str) -> PlatformEntry | None:
    """Answer the configured forge that an address lies on: below the longest base, since one may lie below another."""
    found = [entry for entry in entries if entry.base_url and same_place(address, entry.base_url)]
    return max(found, key=lambda entry: len(entry.base_url or ""), default=None)


def on_forge(entries: Sequence[PlatformEntry], address: str) -> RepositoryRef | None:
    """Read the web address of a repository on a configured forge."""
    entry = forge_of(entries, address)
    if entry is None or entry.base_url is None:
        return None
    return _repository(entry, urlsplit(address).path.removeprefix(urlsplit(entry.base_url).path.rstrip("/")))


def cloned_from(entries: Sequence[PlatformEntry], origin: Origin) -> RepositoryRef | None:
    """Answer the repository on a configured forge that a clone came from; none when it came from elsewhere.

    By ssh the host alone tells the forge, since port and base of its web address do not hold there. Raise
    `InvalidInput` when the forge is known and the repository is not, so that nothing is merged into the clone.
    """
    if origin.ssh:
        there = [entry for entry in entries if entry.base_url and urlsplit(entry.base_url).hostname == origin.host]
        found = _repository(there[0], origin.path) if len(there) == 1 else None
    else:
        there = [entry for entry in (forge_of(entries, origin.web),) if entry]
        found = on_forge(entries, origin.web)
    if there and found is None:
        names = " and ".join(f"`{entry.name}`" for entry in there)
        raise InvalidInput(
            f"the address of the clone is on git platform {names}, and does not tell one repository there",
            hint=f"give the repository's: `--repo {(there[0].base_url or '').rstrip('/')}/owner/name`",
        )
    return found


def _repository(entry: PlatformEntry, path: str) -> RepositoryRef | None:
    match = _PATH.fullmatch(path)
    return RepositoryRef(entry.name, match["path"]) if match else None
