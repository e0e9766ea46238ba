"""One repository has one name and one folder of records, whichever way it is spelt."""

import os
import subprocess
from pathlib import Path

import pytest
from tamma_core.domain.errors import ConfigError, InvalidInput
from tamma_core.domain.repository import RepositoryRef
from tamma_core.workspace.git import Git
from tamma_platforms.plain_git.client import PlainGitOptions, PlainGitPlatform
from tamma_platforms.plain_git.place import Place, place_of


def place(path: str | Path, data: Path) -> Place:
    return place_of(RepositoryRef("local", str(path)), git=Git(environment={}), data_directory=data, token=None)


def git(*arguments: str | Path) -> None:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    person = ("-c", "user.name=a", "-c", "user.email=a@git.example")
    subprocess.run(["git", *person, *map(str, arguments)], env=environment, check=True, capture_output=True)


def made(directory: Path, *options: str | Path) -> Path:
    git("init", "--quiet", *options, directory)
    git("-C", directory, "commit", "--quiet", "--allow-empty", "--message", "start")
    return directory


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("HTTPS://Git.Example/team/app.git", "https://git.example/team/app.git"),
        ("https://git.example:443/team/app.git", "https://git.example/team/app.git"),
        ("https://git.example:0443/team/app.git", "https://git.example/team/app.git"),
        ("https://git.example:8443/team/app.git", "https://git.example:8443/team/app.git"),
        ("http://127.0.0.1:80/team/app", "http://127.0.0.1/team/app"),
        ("http://[0:0::1]:80/team/app", "http://[::1]/team/app"),
        ("https://git.example./team/app", "https://git.example/team/app"),
        ("https://git.example:/team/app/", "https://git.example/team/app"),
        ("https://git.example//team///app.git//", "https://git.example/team/app.git"),
        ("https://git.example/./team/./app", "https://git.example/team/app"),
        ("https://git.example/team/%61p%70.git", "https://git.example/team/app.git"),
        ("https://git.example/team/%7eann/a%2bb", "https://git.example/team/~ann/a+b"),
        ("https://git.example/team/%c3%a9clair", "https://git.example/team/%C3%A9clair"),
        ("https://git.example/team/éclair", "https://git.example/team/%C3%A9clair"),
        ("https://git.example/a%2fb/app", "https://git.example/a%2Fb/app"),
    ],
)
def test_an_address_has_one_name(spelt: str, name: str, tmp_path: Path) -> None:
    """Case of the host, default ports, empty steps and escapes are the same repository; an escaped slash is no slash."""
    found, plain = place(spelt, tmp_path), place(name, tmp_path)
    assert found.ref.path == found.remote.url == plain.ref.path == name
    assert found.store.directory == plain.store.directory


@pytest.mark.parametrize(
    "spelt",
    [
        "https://git.example/team/../app",
        "https://git.example/team/%2e%2E/app",
        "https://git.example/team/%00app",
        "https://git.example/team/ap%0ap",
        "https://git.example/100%/app",
        "https://git.example/%zz/app",
        "https://bücher.example/app",
        "https://git.example/",
        "https://joe:canary@git.example/app",
        "HTTPS://git.example/app?token=canary",
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(spelt: str, tmp_path: Path) -> None:
    """Steps upwards, control characters, broken escapes and names of hosts in other letters name nothing for certain."""
    with pytest.raises(ConfigError) as caught:
        place(spelt, tmp_path)
    assert "canary" not in f"{caught.value.message}{caught.value.hint}"


def test_git_at_the_end_is_no_second_repository(tmp_path: Path) -> None:
    """With and without `.git` an address has one folder, and whoever came second is told how the first one wrote it."""
    first, second = (place(f"https://git.example/team/app{end}", tmp_path) for end in ("", ".git"))
    assert first.store.directory == second.store.directory
    first.keep_address()
    assert place(first.ref.path, tmp_path).ref == first.ref
    for refused in (lambda: place(second.ref.path, tmp_path), second.keep_address):
        with pytest.raises(InvalidInput) as caught:
            refused()
        assert "`https://git.example/team/app`" in f"{caught.value.message}{caught.value.hint}"


def test_what_was_kept_of_an_address_with_git_is_found_again(tmp_path: Path) -> None:
    """The usual spelling keeps the folder that it always had."""
    assert place("https://git.example/team/app.git", tmp_path).store.directory.name == "app-63f3999ac35d11c1"


@pytest.mark.parametrize(
    "spelt", ["file://{}", "FILE://{}", "file:{}", "{}/", "{}/.git", "{}/../app", "FILE://{}/.git"]
)
def test_a_directory_has_one_name(spelt: str, tmp_path: Path) -> None:
    """An address of a file, a slash at the end, its git directory and a detour are the same repository."""
    app = made(tmp_path / "app")
    assert place(spelt.format(app), tmp_path).ref.path == str(app)


def test_escapes_in_an_address_of_a_file_are_decoded(tmp_path: Path) -> None:
    """As git reads them; in a path they stand for themselves."""
    app, other = made(tmp_path / "a b"), made(tmp_path / "a%20b")
    assert place(f"file://{tmp_path}/a%20%62", tmp_path).ref.path == str(app)
    assert place(other, tmp_path).ref.path == str(other)


@pytest.mark.parametrize("bare", [False, True])
def test_a_linked_work_tree_is_the_repository_that_it_belongs_to(tmp_path: Path, *, bare: bool) -> None:
    """Its branches, records and locks are those of the main one, which may be bare, or have its git directory elsewhere."""
    main = made(tmp_path / "main")
    if bare:
        git("clone", "--quiet", "--bare", main, tmp_path / "main.git")
        main = tmp_path / "main.git"
    git("-C", main, "worktree", "add", "--quiet", tmp_path / "linked", "-b", "other")
    for spelt in (main, tmp_path / "linked", tmp_path / "linked" / ".git", f"file://{tmp_path}/linked"):
        assert place(spelt, tmp_path).ref.path == str(main)


def test_a_git_directory_elsewhere_names_all_its_work_trees(tmp_path: Path) -> None:
    """A file or a link in the place of `.git` is followed, as git does."""
    apart = made(tmp_path / "apart", "--separate-git-dir", tmp_path / "kept")
    git("-C", apart, "worktree", "add", "--quiet", tmp_path / "linked", "-b", "other")
    (tmp_path / "by-link").mkdir()
    (tmp_path / "by-link" / ".git").symlink_to(tmp_path / "kept")
    for spelt in (apart, tmp_path / "linked", tmp_path / "by-link", tmp_path / "kept"):
        assert place(spelt, tmp_path).ref.path == str(tmp_path / "kept")


def test_a_directory_is_found_without_its_ending(tmp_path: Path) -> None:
    """Git takes `app` for `app.git` where there is no other, so both are one repository."""
    git("init", "--quiet", "--bare", tmp_path / "app.git")
    assert place(tmp_path / "app", tmp_path).ref.path == str(tmp_path / "app.git")
    app = made(tmp_path / "app")
    assert place(tmp_path / "app", tmp_path).ref.path == str(app)


@pytest.mark.parametrize(
    "content", [b"", b"gitdir: ", b"gitdir: ../nowhere", b"\xff\xfe", b"gitdir: \0", b"gitdir: loop"]
)
def test_a_broken_file_of_git_names_nothing_else(content: bytes, tmp_path: Path) -> None:
    """What cannot be followed is left to git, which refuses it by the name that was given."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / ".git").write_bytes(content)
    (tmp_path / "app" / "loop").symlink_to("loop")
    assert place(tmp_path / "app", tmp_path).ref.path == str(tmp_path / "app")


async def test_a_task_in_a_linked_work_tree_is_one_of_the_repository(tmp_path: Path) -> None:
    """The forge answers the one name, and an issue named there is known by it."""
    main = made(tmp_path / "main")
    git("-C", main, "worktree", "add", "--quiet", tmp_path / "linked", "-b", "other")
    (tmp_path / "issue.md").write_text("# Mend it\n")
    platform = PlainGitPlatform("local", options=PlainGitOptions(data_directory=tmp_path / "data"))
    refs = [RepositoryRef("local", str(path)) for path in (main, tmp_path / "linked")]
    issues = [await platform.add_file(ref, tmp_path / "issue.md") for ref in refs]
    assert issues[0] == issues[1]
    assert [(await platform.get_repository(ref)).ref for ref in refs] == [refs[0], refs[0]]
