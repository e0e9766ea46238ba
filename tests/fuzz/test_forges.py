"""Answers and addresses of forges."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.domain.ids import Sha
from tamma_core.domain.repository import RepositoryRef
from tamma_core.workspace.address import parse_address
from tamma_platforms.gitea import actions_reading, reading
from tamma_platforms.issue_url import parse_issue_url
from tamma_platforms.plain_git.spelling import spelled

from fuzz.material import changed_json, texts, typed

REF = RepositoryRef("forge", "team/shop")
RECORDED = Path(__file__).parents[1] / "unit/platforms/gitea/payloads"
PAYLOADS = [json.loads(file.read_text()) for file in sorted(RECORDED.glob("*.json"))]
READERS: dict[str, Callable[[Any], object]] = {
    "repository": lambda value: reading.read_repository(value, REF.forge),
    "owner": reading.owner_of,
    "issues": reading.has_issues,
    "login": reading.read_login,
    "logins": reading.read_logins,
    "permission": reading.read_permission,
    "team": reading.team_writes_code,
    "branch": reading.read_branch,
    "protection": lambda value: reading.read_protection(value, value),
    "file": reading.read_file,
    "directory": reading.read_directory,
    "pull request": lambda value: reading.read_pull_request(value, REF),
    "fork": lambda value: reading.comes_from(value, "tamma/1"),
    "statuses": lambda value: reading.read_statuses([value], Sha("a" * 40)),
    "runs": lambda value: actions_reading.read_runs([value], Sha("a" * 40)),
    "reviews": lambda value: reading.read_reviews([value]),
    "issue": lambda value: reading.read_issue(value, REF),
    "comment": reading.read_comment,
    "labels": reading.read_labels,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@given(value=changed_json(PAYLOADS))
def test_answer_of_any_shape_is_read_or_refused_in_words(read: Callable[[Any], object], value: Any) -> None:
    """A forge of another version, a proxy, or a liar: never anything but an error of ours."""
    typed(lambda: read(value))


@given(texts)
@example("http://[")
@example("https://forge.example/a/b/issues/" + "9" * 5000)
@example("https://forge.example/a/b/issues/\N{SUPERSCRIPT TWO}")
@example("https://forge.example:99999999/a/b/issues/1")
@example("https://forge.example/a/%2e%2e/issues/1")
@example("https://\ud800.example/a/b")
@example("/\ud800")
def test_address_of_an_issue_is_of_our_forge_or_refused(text: str) -> None:
    """What a person pastes, or a stranger writes, names an issue of this forge or nothing."""
    for url in (text, f"https://forge.example/{text}", f"https://forge.example/a/b/issues/{text}"):
        found = typed(partial(parse_issue_url, url, forge="forge", base_url="https://forge.example"))
        assert found is None or (found.key.isdecimal() and found.repository.forge == "forge")
        typed(partial(parse_address, url))


@given(st.sampled_from(["https://", "ssh://", "git@", "file://", "ext::", "-"]), texts)
@example("https://", "[")
@example("https://", "a:x/")
@example("https://", "A.:443//%61%2f/./b.git")
def test_address_of_a_repository_is_read_or_refused(scheme: str, text: str) -> None:
    """No address makes reading it fail in another way, and its one spelling is its own."""
    typed(lambda: parse_address(scheme + text))
    name = typed(partial(spelled, scheme + text))
    assert name is None or spelled(name) == name
