"""Plain git: a forge without a server, kept in a repository and a directory of ours."""

from pydantic import SecretStr
from tamma_core.ports.git_platform import GitPlatform


def open_plain_git(name: str, *, base_url: str, token: SecretStr | None, options: dict[str, object]) -> GitPlatform:
    """Make the adapter; `base_url` is not needed, since each repository is a directory or URL of its own."""
    from tamma_platforms.plain_git.client import PlainGitPlatform, plain_git_options

    del base_url
    return PlainGitPlatform(name, token=token, options=plain_git_options(options))
