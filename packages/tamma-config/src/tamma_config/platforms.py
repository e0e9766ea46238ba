"""The section `gitPlatform`: the forges that repositories and issues live on."""

from typing import Annotated, Literal, get_args

from pydantic import Field, SecretStr

from tamma_config.section import Section, Url, open_choice

PlatformType = Literal["github", "gitlab", "gitea", "forgejo", "bitbucket", "azure-devops", "plain-git"]


class PlatformEntry(Section):
    """One forge; `type` is needed only where the name does not tell it, and may be one that another package brings."""

    name: str = Field(min_length=1, max_length=64)
    enabled: bool = True
    type: Annotated[str, open_choice(get_args(PlatformType))] | None = None
    token: SecretStr | None = None
    base_url: Url | None = None
    timeout_seconds: float | None = Field(default=None, ge=1, le=60)


class GitPlatformSection(Section):
    """The forges, and the one to use where an address does not tell."""

    default: str | None = None
    platforms: tuple[PlatformEntry, ...] = ()
