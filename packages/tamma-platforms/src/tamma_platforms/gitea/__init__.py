"""Gitea, over its API of version 1."""

from pydantic import SecretStr
from tamma_core.ports.git_platform import GitPlatform


def open_gitea(name: str, *, base_url: str, token: SecretStr | None, options: dict[str, object]) -> GitPlatform:
    """Make the adapter; nothing is sent before `initialize`."""
    from tamma_platforms.gitea.client import GiteaPlatform, gitea_options

    return GiteaPlatform(name, base_url=base_url, token=token, options=gitea_options(options))
