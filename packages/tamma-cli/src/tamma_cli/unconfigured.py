"""An address on a forge that is not configured: what it is, and what to write."""

from tamma_core.domain.errors import ConfigError


async def unconfigured(address: str) -> ConfigError | None:
    """Answer what to say of an address that lies on a forge; none when nothing tells that it does."""
    from tamma_platforms.detection import detect
    from tamma_platforms.registry import platform_kinds

    found = await detect(address)
    if found is None:
        return None
    installed = platform_kinds()
    written = found.kind.replace("_", "-")
    said = f"{found.base_url} is a forge of the type `{written}`"
    if found.kind not in installed:
        listed = ", ".join(f"`{kind.replace('_', '-')}`" for kind in installed)
        return ConfigError(
            f"{said}, and no installed package works on one",
            hint=f"installed are: {listed}; or clone the repository and give its path",
        )
    entry = f'{{name: {written}, baseUrl: "{found.base_url}", token: "${{{found.kind.upper()}_TOKEN}}"}}'
    return ConfigError(
        f"{said}, and no git platform is configured there", hint=f"add to `gitPlatform.platforms`: {entry}"
    )
