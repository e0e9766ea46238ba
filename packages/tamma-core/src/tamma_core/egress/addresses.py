"""Which addresses a permitted name may lead to."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network

from tamma_core.egress.policy import Network

Address = IPv4Address | IPv6Address
# Public by its number, but the door of a cloud to its own machines.
_METADATA = (ip_network("168.63.129.16/32"), ip_network("fd00:ec2::/32"), ip_network("169.254.0.0/16"))
_NAT64 = ip_network("64:ff9b::/96")


def permitted(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether an address is public, or in a network that the operator permits; some never are."""
    if isinstance(address, IPv6Address) and _hides_another(address):
        return False
    if isinstance(address, IPv6Address) and address in _NAT64:
        return permitted(IPv4Address(int(address) & 0xFFFFFFFF), networks)
    never = address.is_multicast or address.is_unspecified or address.is_link_local
    if never or any(address in network for network in _METADATA if network.version == address.version):
        return False
    return address.is_global or any(address in network for network in networks if network.version == address.version)


def _hides_another(address: IPv6Address) -> bool:
    return bool(address.ipv4_mapped or address.sixtofour or address.teredo or address.scope_id)
