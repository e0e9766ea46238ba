"""Tell what kind of forge an address belongs to: by what is configured, by exact host, by asking without a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tamma_core.domain.errors import ConfigError, TammaError

from tamma_platforms.http.address import origin, same_place, split_address

PLAIN_GIT = "plain_git"
_HOSTS = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "gitea.com": "gitea",
    "codeberg.org": "forgejo",
    "bitbucket.org": "bitbucket_cloud",
    "dev.azure.com": "azure_devops",
}
_PROBE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """Name a kind of forge, and the address below which its API and repositories lie."""

    kind: str
    base_url: str


async def detect(url: str, configured: Mapping[str, str]) -> Detected:
    """Detect the forge of a repository's or issue's address.

    `configured` maps base URLs to kinds. Raises `ConfigError` when nothing tells; no token is sent.
    """
    if "://" not in url or url.startswith("file://"):
        return Detected(kind=PLAIN_GIT, base_url="")
    split_address(url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0])
    known = [base for base in configured if "://" in base and same_place(url, base)]
    if known:
        longest = max(known, key=len)
        return Detected(kind=configured[longest], base_url=longest.rstrip("/"))
    scheme, host, port = origin(url)
    if host in _HOSTS and (scheme, port) == ("https", 443):
        return Detected(kind=_HOSTS[host], base_url=f"https://{host}")
    for base in _bases(url):
        kind = await _probed(base)
        if kind is not None:
            return Detected(kind=kind, base_url=base)
    raise ConfigError(
        f"it cannot be told what kind of forge {host} is",
        hint="name its kind and base URL in the configuration",
    )


def _bases(url: str) -> list[str]:
    """List where a forge may be mounted: at the host, or below the first step of the path."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    steps = [step for step in parts.path.split("/") if step]
    return [root] if not steps or {".", ".."} & set(steps) else [root, f"{root}/{steps[0]}"]


async def _probed(base: str) -> str | None:
    forgejo = await _version(f"{base}/api/forgejo/v1")
    if forgejo is not None:
        return "forgejo"
    version = await _version(f"{base}/api/v1")
    if version is None:
        return None
    return "forgejo" if "gitea-" in version else "gitea"


async def _version(base_url: str) -> str | None:
    from tamma_platforms.http.call import Call
    from tamma_platforms.http.connection import ConnectionLimits
    from tamma_platforms.http.fields import Fields
    from tamma_platforms.http.retry import RetryPolicy
    from tamma_platforms.http.session import Session, SessionOptions

    options = SessionOptions(
        limits=ConnectionLimits(connect_s=_PROBE_S, read_s=_PROBE_S, total_s=_PROBE_S, body_bytes=64 * 1024),
        retry=RetryPolicy(attempts=1, deadline_s=2 * _PROBE_S),
    )
    session = Session(base_url=base_url, account="probe", authorization=None, secret=None, options=options)
    try:
        answer = await session.send(Call(method="GET", path="/version"))
        return Fields(answer.json(), "version").text("version") if answer.succeeded else None
    except TammaError:  # whatever goes wrong, this address is not told to be that forge
        return None
    finally:
        await session.aclose()
