"""Addresses of forges: what may be configured, and whether two are the same place."""

from urllib.parse import SplitResult, urlsplit

from tamma_core.domain.errors import ConfigError

_PORTS = {"http": 80, "https": 443}


def split_address(url: str) -> SplitResult:
    """Split a forge's address; raise `ConfigError` when it is none, or holds a password or query."""
    try:
        parts = urlsplit(url)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ConfigError("a forge's address cannot be read", hint="write it as `https://forge.example`") from error
    if parts.scheme not in _PORTS or not parts.hostname or not port_is_number:
        raise ConfigError("a forge's address needs a scheme and a host", hint="write it as `https://forge.example`")
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"the address of the forge at {parts.hostname} holds a user name or password",
            hint="give the token in its own setting, from the environment",
        )
    if parts.query or parts.fragment:
        raise ConfigError(f"the address of the forge at {parts.hostname} holds a query or fragment")
    return parts


def origin(url: str) -> tuple[str, str, int]:
    """Answer scheme, host and port: what must be equal before a token is sent along."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def same_place(url: str, base_url: str) -> bool:
    """Tell whether a URL lies at the base's origin and below its path, with no step upwards."""
    try:
        if origin(url) != origin(base_url):
            return False
    except ValueError:
        return False
    path = urlsplit(url).path
    base = urlsplit(base_url).path.rstrip("/")
    steps = path.lower().replace("%2e", ".").split("/")
    return (path == base or path.startswith(f"{base}/")) and not {".", ".."} & set(steps)
