"""Where a remote repository is, and by which protocol git may reach it."""

import hashlib
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from tamma_core.domain.errors import ConfigError, Unsupported
from tamma_core.domain.record import Record

_UNSAFE = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")


class Address(Record, frozen=True, kw_only=True):
    """Hold a checked URL; `origin` is its scheme, host and port, empty for a directory."""

    url: str
    scheme: str
    origin: str
    key: str
    """Name of its cache directory; nothing secret."""


def parse_address(url: str) -> Address:
    """Check a URL or absolute path; raise `ConfigError` or `Unsupported`, neither of which repeats a secret."""
    if url.startswith("/"):
        url = _of_directory(url)
    parts = _split(url)
    if parts.scheme == "file":
        _check_directory(parts)
        return Address(url=url, scheme="file", origin="", key=_key(url, parts.path))
    if parts.scheme not in {"https", "http"}:
        raise Unsupported(
            f"git does not reach a repository by `{parts.scheme or 'a relative path'}` here",
            hint="give an https URL, or the absolute path of a directory",
        )
    return Address(url=url, scheme=parts.scheme, origin=f"{parts.scheme}://{parts.netloc}", key=_key(url, parts.path))


def _of_directory(path: str) -> str:
    try:
        return Path(path).as_uri()
    except UnicodeEncodeError as error:
        raise ConfigError("the path of the repository holds characters that no path has") from error


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError("the address of the repository is not a URL", hint="give an https URL") from error
    if _UNSAFE.search(url) or parts.query or parts.fragment or port == 0:
        raise ConfigError("the address of the repository holds characters that a git URL has not")
    if "@" in parts.netloc:
        raise ConfigError(
            "the address of the repository holds a user or a secret",
            hint="give the plain URL; the token belongs in the configuration's secrets",
        )
    if parts.scheme in {"https", "http"} and not parts.hostname:
        raise ConfigError("the address of the repository names no host")
    return parts


def _check_directory(parts: SplitResult) -> None:
    if parts.netloc or not parts.path.startswith("/"):
        raise ConfigError("a file URL names a directory of this machine", hint="write file:///path/of/repository")


def _key(url: str, path: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", path.removesuffix("/").removesuffix(".git").rpartition("/")[2]).strip("-")
    return f"{name[:40] or 'repository'}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
