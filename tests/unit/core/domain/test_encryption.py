"""What may be reached without encryption."""

import pytest
from tamma_core.domain.encryption import check_encrypted, place_in_the_clear, read_place
from tamma_core.domain.errors import ConfigError

PERMITTED = ("gitea.lan:80", "192.168.1.5:11434", "[fd00::1]:80")


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example/a",
        "http://localhost/a",
        "HTTP://LocalHost:3000",
        "http://127.0.0.1:3000/a/b",
        "http://127.255.1.2",
        "http://[::1]:80/a",
        "http://gitea.lan/a",
        "http://Gitea.LAN:80",
        "http://192.168.1.5:11434/v1",
        "http://[FD00::1]/",
        "/srv/git/a",
        "",
    ],
)
def test_what_may_be_reached(url: str) -> None:
    """Encrypted, on this machine, or named by host and port."""
    check_encrypted("the forge", url, PERMITTED)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://git.example/a", "git.example:80"),
        ("HTTP://git.example", "git.example:80"),
        ("http://gitea.lan:3000", "gitea.lan:3000"),
        ("http://192.168.1.5/v1", "192.168.1.5:80"),
        ("http://0.0.0.0:11434", "0.0.0.0:11434"),
        ("http://[fd00::2]/", "[fd00::2]:80"),
        ("http://127.0.0.1.example/a", "127.0.0.1.example:80"),
        ("http://localhost.example/a", "localhost.example:80"),
        ("http://127.0.0.1@git.example/a", "git.example:80"),
        ("http://localhost\\@git.example/a", "git.example:80"),
        ("http://local\thost.example/a", "localhost.example:80"),
        ("http://2130706433/a", "2130706433:80"),
        ("http://127.1/a", "127.1:80"),
        ("http:///a", ":80"),
    ],
)
def test_what_may_not(url: str, place: str) -> None:
    """Any other machine, however it is made to look like this one; the error names what to permit."""
    assert place_in_the_clear(url, PERMITTED) == place
    with pytest.raises(ConfigError, match="the address of the forge leads over plain http") as caught:
        check_encrypted("the forge", url, PERMITTED)
    assert f"`{place}`" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [("gitea.lan", "gitea.lan:80"), ("Gitea.lan:3000", "gitea.lan:3000"), ("[fd00::1]", "[fd00::1]:80")],
)
def test_permitted_places_are_read_as_addresses_are(text: str, place: str) -> None:
    """One spelling for both, the port of http filled in."""
    assert read_place(text) == place


@pytest.mark.parametrize(
    "text", ["", ":80", "http://gitea.lan", "gitea.lan/a", "user@gitea.lan", "gitea.lan:x", "gitea.lan:99999", "a b\n"]
)
def test_anything_else_permits_nothing(text: str) -> None:
    """What is no host with a port is a mistake, not a wider permission."""
    with pytest.raises(ValueError, match=r"host|port|Port"):
        read_place(text)
