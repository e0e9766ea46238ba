"""The proxy for the set-up of dependencies, as the operator configured it."""

from tamma_config.configuration import Configuration
from tamma_core.domain.authority import read_authority
from tamma_core.domain.errors import ConfigError
from tamma_core.egress.policy import HTTPS, EgressPolicy, ecosystems, own_registries, registry_hosts
from tamma_core.egress.proxy import EgressProxy


def package_proxy(configuration: Configuration) -> EgressProxy:
    """Make the proxy; raise `ConfigError` for an ecosystem that is not known."""
    section = configuration.settings.packages
    unknown = set(section.ecosystems or ()) - set(ecosystems())
    if unknown:
        raise ConfigError(
            f"`packages.ecosystems` names {', '.join(f'`{name}`' for name in sorted(unknown))}, which is not known",
            hint=f"use some of: {', '.join(ecosystems())}",
        )
    try:
        own, variables = own_registries(section.registries)
    except ValueError as error:
        raise ConfigError(
            f"`packages.registries`: an address {error}", hint="for example `python: https://mirror.example.com/simple`"
        ) from error
    named = {read_authority(place, port=HTTPS) for place in section.hosts}
    hosts = registry_hosts(section.ecosystems) | own | named
    return EgressProxy(EgressPolicy(hosts=hosts, networks=section.addresses, environment=variables))
