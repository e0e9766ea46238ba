"""What git says when another side fails, as errors of ours."""

import re
from collections.abc import Callable

from tamma_core.domain.errors import (
    AuthenticationFailed,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    TammaError,
    Unavailable,
    Unsupported,
)

_SHOWN = 600
_USERINFO = re.compile(r"(?<=://)[^\s@']*@")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_OVERGROWN = re.compile(
    r"out of memory|over limit|unable to create thread|died of signal (6|11|25)\b|file too large|exceeded maximum allowed"
    r"|mmap failed|unable to (mmap|deflate|malloc)|cannot allocate|too deep",
    re.IGNORECASE,
)
_DISK_HINT = "free space below the data directory and go on"


def is_overgrown(messages: str) -> bool:
    """Tell whether git here, not the remote's, says that it was not given what the repository asks for."""
    return any(_OVERGROWN.search(line) for line in messages.splitlines() if not line.startswith("remote:"))


def overgrown(text: str) -> InvalidInput:
    """Refuse a repository that asks for more memory, disk or words than git is given."""
    return InvalidInput(text, hint="the repository unfolds to more than git may take here; it may be built to do so")


_MEANINGS: tuple[tuple[re.Pattern[str], Callable[[str], TammaError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), meaning)
    for pattern, meaning in (
        (
            r"no space left on device|disk quota exceeded",
            lambda text: Unavailable(text, hint=_DISK_HINT),
        ),
        (
            r"mismatched algorithms|unknown repository extensions? found:\s*objectformat",
            lambda text: Unsupported(text, hint="only repositories whose objects are named by SHA-1 are worked on"),
        ),
        (
            r"shallow roots are not allowed",
            lambda text: Unsupported(text, hint="it is a shallow clone: `git fetch --unshallow` there, and go on"),
        ),
        (
            r"authentication failed|could not read (username|password)|invalid credentials|returned error: 401",
            lambda text: AuthenticationFailed(
                text, hint="check the token: it may be wrong, expired or for another host"
            ),
        ),
        (
            r"returned error: 403|permission denied|dubious ownership|not allowed to|access denied",
            lambda text: PermissionDenied(text, hint="give the account the right to read and write this repository"),
        ),
        (
            r"returned error: 429|too many requests",
            RateLimited,
        ),
        (
            r"returned error: 30\d|unable to update url base from redirection",
            lambda text: NotFound(text, hint="the server sends git elsewhere; configure the repository's present URL"),
        ),
        (
            r"repository .*not found|returned error: (404|410)|does not appear to be a git repository|does not exist",
            lambda text: NotFound(text, hint="check the repository's URL, and that the account can see it"),
        ),
        (
            r"transport '.*' not allowed",
            lambda text: PermissionDenied(text, hint="only the protocol of the configured URL is used"),
        ),
        (
            r"fsck error|bad object|malformed|is corrupt",
            lambda text: InvalidInput(text, hint="the repository holds objects that git takes for broken or dangerous"),
        ),
    )
)


def clean(messages: bytes | str) -> str:
    """Make git's words fit to show: no user in a URL, no control characters, not too long."""
    text = messages.decode(errors="replace") if isinstance(messages, bytes) else messages
    text = _USERINFO.sub("", _CONTROL.sub(" ", text.replace("\r", "\n"))).strip()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]} … {text[-_SHOWN // 2 :]}"


def remote_failure(what: str, messages: str, *, local: bool = False) -> TammaError:
    """Tell what a failed conversation with a remote, or a `local` one of ours, means; what is not known is worth another try."""
    text = f"{what}: {messages or 'git gave no reason'}"
    if is_overgrown(messages.replace("remote: ", "") if local else messages):
        return overgrown(text)
    for pattern, meaning in _MEANINGS:
        if pattern.search(messages):
            return meaning(text)
    return Unavailable(text)
