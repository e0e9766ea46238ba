"""Which repository and issue the command line means."""

import subprocess
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tamma_cli.target import find_target
from tamma_config.configuration import Configuration
from tamma_config.load import load
from tamma_core.domain.errors import ConfigError, InvalidInput
from tamma_core.domain.repository import RepositoryRef
from tamma_platforms.testing.serving import serving

ALIKE = "http://git.example.com.localhost:1"
CONFIG = """
gitPlatform:
  default: work
  platforms:
    - {name: work, type: gitea, baseUrl: 'https://git.example.com/forge', token: t}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    """Configure one forge below a path."""
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    file.chmod(0o600)
    return load({}, home=tmp_path, chosen=file)


def repository(folder: Path, origin: str = "") -> Path:
    """Make a repository, perhaps cloned from somewhere."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    if origin:
        subprocess.run(["git", "-C", str(folder), "remote", "add", "origin", origin], check=True)
    return folder


async def test_the_address_of_an_issue_tells_everything(configuration: Configuration) -> None:
    """Forge, repository and number come from the one address."""
    target = await find_target(configuration, repo=None, issue="https://git.example.com/forge/team/shop/issues/12")
    assert target.repository == RepositoryRef("work", "team/shop")
    assert target.issue is not None
    assert target.issue.key == "12"


@pytest.mark.parametrize(
    "address",
    ["https://git.example.com/forge/team/shop", "https://git.example.com/forge/team/shop.git"],
)
async def test_the_address_of_a_repository_on_a_forge(configuration: Configuration, address: str) -> None:
    """With and without `.git` it is the same repository."""
    target = await find_target(configuration, repo=address, issue="#3")
    assert (str(target.repository), str(target.issue)) == ("work:team/shop", "work:team/shop#3")


async def test_a_number_is_one_number_however_it_is_written(configuration: Configuration) -> None:
    """Leading zeros and a sharp change nothing; digits of other scripts, which forges do not know, are refused."""
    repo = "https://git.example.com/forge/team/shop"
    for issue in ("12", "#12", "012", "#0012"):
        assert str((await find_target(configuration, repo=repo, issue=issue)).issue) == "work:team/shop#12"
    for issue in ("\N{FULLWIDTH DIGIT ONE}", "\N{SUPERSCRIPT TWO}", "#", "-1", "1" * 40):
        with pytest.raises(InvalidInput, match="no number of an issue"):
            await find_target(configuration, repo=repo, issue=issue)


async def test_another_host_is_plain_git_and_never_the_forge(configuration: Configuration) -> None:
    """A host that only begins alike gets no token of the forge."""
    target = await find_target(configuration, repo=f"{ALIKE}/forge/team/shop", issue=None)
    assert target.repository.forge == "plain-git"
    with pytest.raises(ConfigError, match="no configured git platform"):
        await find_target(configuration, repo=None, issue=f"{ALIKE}/forge/a/b/issues/1")


async def test_a_forge_that_is_not_configured_is_named_with_what_to_write(configuration: Configuration) -> None:
    """It is asked without a token, also where another forge has one; a forge without an adapter is named too."""
    seen: list[Request] = []

    async def version(request: Request) -> Response:
        seen.append(request)
        return JSONResponse({"version": "1.26.0"})

    async with serving(Starlette(routes=[Route("/api/v1/version", version)])) as url:
        for repo, issue in ((f"{url}/team/shop", None), (None, f"{url}/team/shop/issues/3")):
            with pytest.raises(ConfigError) as told:
                await find_target(configuration, repo=repo, issue=issue)
            assert (
                told.value.message == f"{url} is a forge of the type `gitea`, and no git platform is configured there"
            )
            assert f'{{name: gitea, baseUrl: "{url}", token: "${{GITEA_TOKEN}}"}}' in told.value.hint
    assert seen
    assert not any("authorization" in request.headers for request in seen)
    for repo, issue in (("https://github.com/team/shop", None), (None, "https://github.com/team/shop/issues/3")):
        with pytest.raises(ConfigError, match="type `github`, and no installed package works on one"):
            await find_target(configuration, repo=repo, issue=issue)


async def test_the_longest_configured_base_decides(tmp_path: Path) -> None:
    """One forge may lie below the path of another."""
    file = tmp_path / "config.yaml"
    file.write_text(
        "gitPlatform: {platforms: [{name: outer, type: gitlab, baseUrl: 'https://git.example.com'},"
        " {name: inner, type: gitea, baseUrl: 'https://git.example.com/gitea'}]}\n"
    )
    both = load({}, home=tmp_path, chosen=file)
    for path, name in (("gitea/team/shop", "inner"), ("team/shop", "outer"), ("gitea-other/shop", "outer")):
        found = await find_target(both, repo=f"https://git.example.com/{path}", issue=None)
        assert found.repository.forge == name
    with pytest.raises(InvalidInput, match="is no repository of git platform `inner`"):
        await find_target(both, repo="https://git.example.com/gitea/team/shop/src/main", issue=None)


async def test_the_present_directory_tells_by_its_origin(
    configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clone of a forge's repository is worked on there, any other directory as it is."""
    monkeypatch.chdir(repository(tmp_path / "clone", "https://git.example.com/forge/team/shop.git"))
    assert str((await find_target(configuration, repo=None, issue=None)).repository) == "work:team/shop"
    below = repository(tmp_path / "own") / "src"
    below.mkdir()
    monkeypatch.chdir(below)
    found = (await find_target(configuration, repo=None, issue=None)).repository
    assert found == RepositoryRef("plain-git", str(tmp_path / "own"))


@pytest.mark.parametrize(
    "origin",
    [
        "git@git.example.com:team/shop.git",
        "Git.Example.com:team/shop",
        "git@git.example.com:/team/shop.git",
        "[git.example.com:2222]:team/shop.git",
        "ssh://git@git.example.com:2222/team/shop.git",
        "git+ssh://git.example.com/team/shop",
        "https://somebody:token@git.example.com/forge/team/shop.git",
    ],
)
async def test_a_clone_by_ssh_is_worked_on_at_its_forge(
    configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    """Its host tells the forge, whatever the port and however the address is written."""
    monkeypatch.chdir(repository(tmp_path / "clone", origin))
    target = await find_target(configuration, repo=None, issue="12")
    assert (str(target.repository), str(target.issue)) == ("work:team/shop", "work:team/shop#12")
    if "token" not in origin:
        assert str((await find_target(configuration, repo=origin, issue=None)).repository) == "work:team/shop"


@pytest.mark.parametrize(
    ("origin", "problem"),
    [
        ("git@other.example.com:team/shop.git", "other.example.com, and no git platform is configured there"),
        ("ssh://git@git.example.com.evil.example/team/shop", "and no git platform is configured there"),
        ("git://git.example.com/team/shop", "and no git platform is configured there"),
        ("ssh://git@[git.example.com/team/shop", "from an address that cannot be read"),
        ("git@git.example.com:shop.git", "does not tell one repository there"),
        ("https://git.example.com/forge/a/team/shop.git", "does not tell one repository there"),
        ("https://github.com/team/shop", "type `github`, and no installed package works on one"),
        (f"{ALIKE.replace('//', '//somebody:token@')}/forge/team/shop", "and no git platform is configured there"),
    ],
)
async def test_a_clone_from_elsewhere_is_not_taken_for_plain_git(
    configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, problem: str
) -> None:
    """Without the forge's CI and reviews nothing is merged into the clone, unless it is named by its path."""
    clone = repository(tmp_path / "clone", origin)
    monkeypatch.chdir(clone)
    with pytest.raises((ConfigError, InvalidInput), match=problem) as told:
        await find_target(configuration, repo=None, issue=None)
    assert told.value.hint
    assert "token@" not in told.value.message
    named = await find_target(configuration, repo=".", issue=None)
    assert named.repository == RepositoryRef("plain-git", str(clone))


@pytest.mark.parametrize("origin", ["/srv/shop.git", "../shop.git", "./a:b/shop", "file:///srv/shop.git"])
async def test_a_clone_of_a_directory_is_plain_git(
    configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    """There is no forge to ask."""
    monkeypatch.chdir(clone := repository(tmp_path / "clone", origin))
    found = (await find_target(configuration, repo=None, issue=None)).repository
    assert found == RepositoryRef("plain-git", str(clone))


async def test_a_host_of_two_forges_does_not_tell_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By ssh they look alike, so the person says which."""
    file = tmp_path / "config.yaml"
    file.write_text(
        "gitPlatform: {platforms: [{name: one, type: gitea, baseUrl: 'https://git.example.com'},"
        " {name: two, type: gitea, baseUrl: 'https://git.example.com:8443'}]}\n"
    )
    monkeypatch.chdir(repository(tmp_path / "clone", "git@git.example.com:team/shop.git"))
    with pytest.raises(InvalidInput, match="`one` and `two`"):
        await find_target(load({}, home=tmp_path, chosen=file), repo=None, issue=None)


async def test_plain_git_as_the_default_says_that_a_clone_is_worked_on_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written down, so nothing is silent about it."""
    file = tmp_path / "config.yaml"
    file.write_text("gitPlatform: {default: plain-git}\n")
    monkeypatch.chdir(clone := repository(tmp_path / "clone", "git@git.example.com:team/shop.git"))
    found = (await find_target(load({}, home=tmp_path, chosen=file), repo=None, issue=None)).repository
    assert found == RepositoryRef("plain-git", str(clone))


async def test_on_plain_git_an_issue_is_a_file(configuration: Configuration, tmp_path: Path) -> None:
    """The file must exist; a number means nothing there."""
    here = repository(tmp_path / "own")
    file = tmp_path / "issue.md"
    file.write_text("# x\n")
    assert (await find_target(configuration, repo=str(here), issue=str(file))).issue_file == file
    with pytest.raises(InvalidInput, match="there is no file `12`"):
        await find_target(configuration, repo=str(here), issue="12")


async def test_names_that_mean_nothing_are_refused(configuration: Configuration, tmp_path: Path) -> None:
    """Neither a missing path nor a directory without git is taken for a repository."""
    assert str((await find_target(configuration, repo="team/shop", issue=None)).repository) == "work:team/shop"
    for repo, problem in ((str(tmp_path), "is no git repository"), ("no-such", "there is no repository `no-such`")):
        with pytest.raises(InvalidInput, match=problem):
            await find_target(configuration, repo=repo, issue=None)
    with pytest.raises(InvalidInput, match="is no number"):
        await find_target(configuration, repo="team/shop", issue="twelve")
    with pytest.raises(InvalidInput, match="different repositories"):
        await find_target(configuration, repo="team/other", issue="https://git.example.com/forge/team/shop/issues/1")
