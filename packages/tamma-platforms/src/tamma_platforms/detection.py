"""Tell what kind of forge an address belongs to that is not configured: by exact host, then by asking without a token."""

import asyncio
from urllib.parse import urlsplit

from tamma_core.domain.errors import TammaError
from tamma_core.domain.record import Record

from tamma_platforms.http.address import origin, split_address

_HOSTS = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "gitea.com": "gitea",
    "codeberg.org": "forgejo",
    "bitbucket.org": "bitbucket_cloud",
    "dev.azure.com": "azure_devops",
}
_PROBE_S = 5.0


class Detected(Record, frozen=True, kw_only=True):
    """Name a kind of forge, and the address below which its API and repositories lie."""

    kind: str
    base_url: str


async def detect(url: str) -> Detected | None:
    """Detect the forge of a repository's or issue's address; none when nothing tells, and no token is sent.

    Errors: `ConfigError` for what is no address of a web server, or holds a password.
    """
    split_address(url.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0])
    scheme, host, port = origin(url)
    if host in _HOSTS and (scheme, port) == ("https", 443):
        return Detected(kind=_HOSTS[host], base_url=f"https://{host}")
    bases = _bases(url)
    kinds = await asyncio.gather(*map(_probed, bases))
    return next((Detected(kind=kind, base_url=base) for kind, base in zip(kinds, bases, strict=True) if kind), None)


def _bases(url: str) -> list[str]:
    """List where a forge may be mounted: at the host, or below the first step of the path."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    steps = [step for step in parts.path.split("/") if step]
    return [root] if not steps or {".", ".."} & set(steps) else [root, f"{root}/{steps[0]}"]


async def _probed(base: str) -> str | None:
    forgejo, version = await asyncio.gather(_version(f"{base}/api/forgejo/v1"), _version(f"{base}/api/v1"))
    if forgejo is None and version is None:
        return None
    return "forgejo" if forgejo is not None or "gitea-" in (version or "") else "gitea"


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
