"""The package registries of this machine, as its own clients are configured, read when a test asks for them."""

import importlib.util
import shutil
import socket
import subprocess
import sys
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache
from ipaddress import ip_address, ip_network

from tamma_core.egress.policy import EgressPolicy, Network, own_registries, registry_hosts
from tamma_core.egress.proxy import EgressProxy
from tamma_core.ports.egress import WayOut


class MachinePackages:
    """Open ways out to the registries that this machine's clients use, as its operator would have to permit them."""

    def open(self) -> AbstractAsyncContextManager[WayOut]:
        return EgressProxy(machine_policy()).open()


@cache
def machine_policy() -> EgressPolicy:
    """Permit the registries of each ecosystem and of this machine, at whatever addresses they have here."""
    own, variables = own_registries(dict(_configured()))
    hosts = registry_hosts() | own
    return EgressPolicy(hosts=hosts, networks=_networks(sorted(host.host for host in hosts)), environment=variables)


def _configured() -> list[tuple[str, str]]:
    """Answer the registries that somebody configured on this machine, without credentials."""
    asked = {"python": _pip("config", "get", "global.index-url"), "node": _said("npm", "config", "get", "registry")}
    proxies = _said("go", "env", "GOPROXY").replace("|", ",").split(",")
    asked["go"] = next((address for address in proxies if address.startswith("http")), "")
    return [(name, address) for name, address in asked.items() if address.startswith("http") and "@" not in address]


def _networks(hosts: list[str]) -> tuple[Network, ...]:
    """Answer the addresses that are not public: a registry of this machine may be a mirror nearby."""
    found: set[Network] = set()
    for host in hosts:
        with suppress(OSError):
            addresses = {ip_address(info[4][0]) for info in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)}
            found |= {ip_network(address) for address in addresses if not address.is_global}
    return tuple(found)


def _pip(*words: str) -> str:
    if importlib.util.find_spec("pip") is None:
        return _said("pip", *words)
    return _said(sys.executable, "-m", "pip", *words)


def _said(program: str, *words: str) -> str:
    found = shutil.which(program)
    if found is None:
        return ""
    return subprocess.run([found, *words], check=False, capture_output=True, text=True, timeout=60).stdout.strip()
