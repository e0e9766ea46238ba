"""Which addresses git may be sent to."""

import pytest
from tamma_core.domain.errors import ConfigError, Unsupported
from tamma_core.workspace.address import parse_address


@pytest.mark.parametrize(
    ("url", "scheme", "origin"),
    [
        ("https://git.example/a/b.git", "https", "https://git.example"),
        ("https://git.example:8443/a", "https", "https://git.example:8443"),
        ("http://127.0.0.1:3000/a/b", "http", "http://127.0.0.1:3000"),
        ("http://localhost/a", "http", "http://localhost"),
        ("http://[::1]:80/a", "http", "http://[::1]:80"),
        ("/srv/git/a b.git", "file", ""),
        ("file:///srv/a", "file", ""),
    ],
)
def test_addresses_that_are_used(url: str, scheme: str, origin: str) -> None:
    """The origin is scheme, host and port exactly; a directory has none."""
    address = parse_address(url)
    assert (address.scheme, address.origin) == (scheme, origin)
    assert address.key.replace("-", "").isalnum()


@pytest.mark.parametrize(
    "url",
    [
        "https://canary@git.example/a",
        "https://joe:canary@git.example/a",
        "https://git.example/a?token=canary",
        "https://git.example/a#canary",
        "https://git.example/a\nb",
        "https://git.example:99999/a",
        "https:///a",
        "file://host/a",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    """Secrets in a URL and malformed URLs are mistakes of the configuration, told without the secret."""
    with pytest.raises(ConfigError) as caught:
        parse_address(url)
    assert "canary" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    "url", ["ssh://git.example/a", "git@git.example:a", "ext::sh -c x", "--upload-pack=x", "a/b", ""]
)
def test_protocols_that_are_not_spoken(url: str) -> None:
    """Other protocols, options and relative paths are not supported."""
    with pytest.raises((Unsupported, ConfigError)):
        parse_address(url)


def test_caches_are_told_apart_by_the_whole_address() -> None:
    """Repositories of one name on two hosts have two caches."""
    one, other = (parse_address(f"https://{host}.example/a/b.git").key for host in ("one", "other"))
    assert one != other
    assert one.startswith("b-")
