from pathlib import Path

import pytest
from tamma_cli.package_hosts import package_proxy
from tamma_config.configuration import Configuration
from tamma_config.load import load
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.task import SetupNetwork


def configured(tmp_path: Path, text: str) -> Configuration:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return load({}, home=tmp_path, chosen=file)


def test_the_set_up_goes_through_the_proxy_unless_something_else_is_said(tmp_path: Path) -> None:
    """The default is the proxy, an old `true` means it too, and the host's network has to be named."""
    said = {
        "{}": "proxy",
        "{setupNetwork: true}": "proxy",
        "{setupNetwork: false}": "none",
        "{setupNetwork: host}": "host",
    }
    for text, network in said.items():
        found = configured(tmp_path, f"verification: {text}\n").settings.verification.setup_network
        assert found is SetupNetwork(network)


def test_the_operator_names_hosts_registries_and_networks(tmp_path: Path) -> None:
    """All that is said becomes the proxy's policy, and variables for the clients."""
    text = """packages:
  ecosystems: []
  registries: {python: "https://mirror.example.org:8443/simple"}
  hosts: [Files.example.org, "other.example.org:8080"]
  addresses: [10.1.0.0/16]
"""
    policy = package_proxy(configured(tmp_path, text)).policy
    assert {str(host) for host in policy.hosts} == {
        "mirror.example.org:8443",
        "files.example.org:443",
        "other.example.org:8080",
    }
    assert list(map(str, policy.networks)) == ["10.1.0.0/16"]
    assert policy.environment["PIP_INDEX_URL"] == "https://mirror.example.org:8443/simple"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ecosystems: [perl]", "perl"),
        ("hosts: [127.0.0.1]", "hosts"),
        ('hosts: ["*.example.org"]', "hosts"),
        ('hosts: ["https://example.org"]', "hosts"),
        ('registries: {rust: "https://mirror.example.org"}', "rust"),
        ('registries: {python: "https://10.0.0.1/simple"}', "host"),
        ('registries: {python: "https://user:secret@mirror.example.org/"}', "registries"),
        ("addresses: [everything]", "addresses"),
    ],
)
def test_what_cannot_be_meant_is_an_error(tmp_path: Path, text: str, word: str) -> None:
    """Patterns, addresses and unknown names are refused with the key."""
    with pytest.raises(ConfigError, match=word):
        package_proxy(configured(tmp_path, f"packages:\n  {text}\n"))
