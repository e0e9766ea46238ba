"""The one spelling of a repository's address or directory, by which its tasks, locks and records are found."""

import ipaddress
import re
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from tamma_core.domain.errors import ConfigError
from tamma_core.workspace.address import parse_address

_PORTS = {"https": 443, "http": 80}
_UNESCAPED = "!$&'()*+,;=:@"
"""What a step of a path may hold as it is, beside letters, digits and `-._~`: RFC 3986, section 3.3."""
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
_TRIED = ("/.git", "", ".git/.git", ".git")
"""What git puts behind a path until there is a repository, in its order: `enter_repo` in path.c."""
_POINTER_LENGTH = 8192


def spelled(path: str) -> str:
    """Answer an address without what makes no difference, or the directory that all work trees share; raise `ConfigError`."""
    try:
        parts = urlsplit(path)
    except ValueError as error:
        raise ConfigError("the address of the repository is not a URL", hint="give an https URL") from error
    if parts.scheme == "file":
        return _directory(unquote(urlsplit(parse_address(path).url).path))
    return _address(path) if "://" in path else _directory(path)


def _address(url: str) -> str:
    parse_address(url)  # nothing that it refuses, as a secret, may be left out here without a word
    parts = urlsplit(url)
    steps = [_step(step) for step in parts.path.split("/") if step]
    steps = [step for step in steps if step != "."]
    if not steps:
        _refuse("names no repository")
    port = f":{parts.port}" if parts.port not in {None, _PORTS.get(parts.scheme)} else ""
    return f"{parts.scheme}://{_host(parts.hostname or '')}{port}/{'/'.join(steps)}"


def _host(host: str) -> str:
    if not host.isascii():
        _refuse("names its host in letters that a server's name has not; write it as `xn--…`")
    if ":" in host:
        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            _refuse("holds an address of a machine that is none")
    return host.removesuffix(".")


def _step(step: str) -> str:
    """Write a step of a path as a server reads it: escaped where it must be, and nowhere else."""
    content = unquote_to_bytes(step)
    if _BROKEN_ESCAPE.search(step) or _CONTROL.search(content):
        _refuse("holds a `%` that stands for no character")
    if content == b"..":
        _refuse("leads upwards; write it without `..`")
    return quote(content, safe=_UNESCAPED)


def _refuse(why: str) -> NoReturn:
    raise ConfigError(f"the address of the repository {why}", hint="give the plain https URL")


def _directory(path: str) -> str:
    try:
        given = Path(path).expanduser().resolve()
        shared = next((found for end in _TRIED if (found := _shared(Path(f"{given}{end}")))), given)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(f"{path!r} is no path of a repository: {error}", hint="give an absolute path") from error
    return str(shared.parent if shared.name == ".git" else shared)


def _shared(place: Path) -> Path | None:
    """Answer the git directory that a place, and all work trees beside it, belong to; none where git finds none.

    Source: `gitdir: PATH` in a file, `commondir` in a directory; gitrepository-layout(5).
    """
    own = place.parent / _line(place).removeprefix("gitdir: ") if place.is_file() else place
    if not (own / "HEAD").is_file():
        return None
    common = own / (_line(own / "commondir") or ".")
    return common.resolve() if (common / "objects").is_dir() else None


def _line(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_POINTER_LENGTH).decode(errors="surrogateescape").rstrip("\r\n")
    except FileNotFoundError:
        return ""
