"""What other packages bring, by the names that the configuration uses."""

from collections.abc import Collection

from tamma_config.kinds import Installed


def _providers() -> Collection[str]:
    from tamma_providers.registry import outside_kinds

    return outside_kinds()


def _platforms() -> Collection[str]:
    from tamma_platforms.registry import platform_kinds

    return [kind.replace("_", "-") for kind in platform_kinds()]


INSTALLED = Installed(providers=_providers, platforms=_platforms)
