"""What git's complaints mean."""

import pytest
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
from tamma_core.workspace.failures import clean, remote_failure

MEANINGS: list[tuple[str, type[TammaError]]] = [
    ("fatal: Authentication failed for 'https://git.example/a/'", AuthenticationFailed),
    ("fatal: could not read Username for 'https://git.example': terminal prompts disabled", AuthenticationFailed),
    ("fatal: unable to access 'https://git.example/a/': The requested URL returned error: 403", PermissionDenied),
    ("fatal: repository 'https://git.example/a/' not found", NotFound),
    ("fatal: '/srv/x' does not appear to be a git repository", NotFound),
    ("fatal: unable to access 'x': The requested URL returned error: 302", NotFound),
    ("fatal: unable to access 'x': The requested URL returned error: 429", RateLimited),
    ("fatal: unable to access 'x': The requested URL returned error: 503", Unavailable),
    ("fatal: unable to access 'x': Could not resolve host: git.example", Unavailable),
    ("fatal: unable to access 'x': Failed to connect to git.example port 443: Connection refused", Unavailable),
    ("error: RPC failed; curl 18 transfer closed with outstanding read data remaining", Unavailable),
    ("error: file write error: No space left on device\nfatal: unable to write", Unavailable),
    ("error: object 1: hasDotgit: contains '.git'\nfatal: fsck error in packed object", InvalidInput),
    ("fatal: transport 'ext' not allowed", PermissionDenied),
    ("fatal: mismatched algorithms: client sha1; server sha256", Unsupported),
    ("fatal: unknown repository extension found:\n\tobjectformat", Unsupported),
    ("something new", Unavailable),
    ("", Unavailable),
]


@pytest.mark.parametrize(("messages", "error"), MEANINGS)
def test_each_complaint_has_its_error(messages: str, error: type[TammaError]) -> None:
    """The error's type says what to do next, and its message what was being done."""
    found = remote_failure("fetching `main`", messages)
    assert type(found) is error
    assert found.message.startswith("fetching `main`: ")


@pytest.mark.parametrize("user", ["joe", "joe:canary", "joe:ca/nary", "canary:"])
def test_no_user_of_a_url_is_shown(user: str) -> None:
    """A user or password before the host is cut out of what git says."""
    assert (
        clean(f"fatal: unable to access 'https://{user}@git.example/a'")
        == "fatal: unable to access 'https://git.example/a'"
    )


def test_messages_are_short_and_hold_no_controls() -> None:
    """Escape sequences of a remote do not reach a terminal, and a flood is cut in the middle."""
    text = clean(b"\x1b[31mred\x07 " + b"x" * 5000 + b" end\xff")
    assert "\x1b" not in text
    assert len(text) < 700
    assert "end" in text
