"""Telling forges apart, opening them, and reading issue addresses."""

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from tamma_core.domain.errors import ConfigError, InvalidInput
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_platforms.detection import Detected, detect
from tamma_platforms.gitea.client import GiteaPlatform
from tamma_platforms.issue_url import parse_issue_url
from tamma_platforms.plain_git.client import PlainGitPlatform
from tamma_platforms.registry import open_platform, platform_kinds
from tamma_platforms.testing.serving import serving


def forge(version: str, seen: list[Request], *, forgejo: bool = False) -> Starlette:
    async def answer(request: Request) -> Response:
        seen.append(request)
        return JSONResponse({"version": version})

    routes = [Route("/api/v1/version", answer)]
    if forgejo:
        routes.append(Route("/api/forgejo/v1/version", answer))
    return Starlette(routes=[Mount("/git", routes=routes), *routes])


@pytest.mark.parametrize(
    ("url", "kind"),
    [("https://github.com/a/b", "github"), ("https://CODEBERG.org/a/b", "forgejo")],
)
async def test_known_hosts(url: str, kind: str) -> None:
    """Hosts are compared whole, without any request."""
    found = await detect(url)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("url", ["https://me:pass-word@127.0.0.1:1/a/b", "ssh://git@127.0.0.1:1/a/b", "https:///a"])
async def test_what_is_no_plain_web_address_is_not_asked(url: str) -> None:
    """A password in an address goes nowhere."""
    with pytest.raises(ConfigError) as told:
        await detect(url)
    assert "pass-word" not in told.value.message + told.value.hint


@pytest.mark.parametrize("host", ["github.com.localhost:1", "127.0.0.1:1", "localhost:1"])
async def test_alike_is_not_the_same(host: str) -> None:
    """A host that only contains a known name is asked, and when nothing answers there it stays unknown."""
    assert await detect(f"http://{host}/github.com/a/b") is None


@pytest.mark.parametrize(
    ("version", "forgejo", "kind"),
    [("1.26.0", False, "gitea"), ("16.0.1+gitea-1.22.0", False, "forgejo"), ("16.0.1", True, "forgejo")],
)
async def test_unknown_hosts_are_asked_without_a_token(version: str, forgejo: bool, kind: str) -> None:
    """The version tells the two apart, and no request carries a token."""
    seen: list[Request] = []
    async with serving(forge(version, seen, forgejo=forgejo)) as url:
        assert await detect(f"{url}/owner/name/issues/1") == Detected(kind=kind, base_url=url)
    assert seen
    assert not any("authorization" in request.headers for request in seen)


async def test_forge_below_a_path_is_found() -> None:
    """A forge that is mounted below the host's root is found with its base."""
    seen: list[Request] = []
    async with serving(Starlette(routes=[Mount("/git", app=forge("1.26.0", seen))])) as url:
        assert await detect(f"{url}/git/owner/name") == Detected(kind="gitea", base_url=f"{url}/git")


def test_adapters_are_opened_by_kind(tmp_path: object) -> None:
    """Entry points name the adapters; nothing is sent or written by opening one."""
    assert {"gitea", "plain_git"} <= set(platform_kinds())
    opened = open_platform("x", kind="gitea", base_url="https://forge.example", token=SecretStr("t"), options={})
    assert isinstance(opened, GiteaPlatform)
    plain = open_platform("y", kind="plain_git", options={"data_directory": str(tmp_path)})
    assert isinstance(plain, PlainGitPlatform)
    with pytest.raises(ConfigError, match="no adapter"):
        open_platform("z", kind="unheard-of", options={})
    with pytest.raises(ConfigError):
        open_platform("y", kind="plain_git", options={})


def test_issue_address_is_read() -> None:
    """As copied from a browser, with a fragment, below a path."""
    base = "https://forge.example/gitea"
    wanted = IssueRef("example", RepositoryRef("example", "owner/na.me"), "12")
    for tail in ("", "/", "#issuecomment-3", "?tab=1"):
        assert parse_issue_url(f"{base}/owner/na.me/issues/12{tail}", forge="example", base_url=base) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "https://forge.example.evil.example/o/n/issues/1",
        "https://evil.example/forge.example/o/n/issues/1",
        "http://forge.example/o/n/issues/1",
        "https://forge.example:8443/o/n/issues/1",
        "https://forge.example/o/../n/issues/1",
        "https://forge.example/o/%2e%2e/issues/1",
        "https://forge.example/o/n/pulls/1",
        "https://forge.example/o/n/issues/x",
        "https://forge.example/o%2Fp/n/issues/1",
        "https://forge.example:x/o/n/issues/1",
        "o/n#1",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    """Another host, port or scheme, steps upwards and pull requests are no issues of this forge."""
    with pytest.raises(InvalidInput):
        parse_issue_url(url, forge="example", base_url="https://forge.example")
