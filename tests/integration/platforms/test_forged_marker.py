"""A stranger who writes our hidden mark: it makes nothing done, and nobody's comment is removed."""

from pathlib import Path

import pytest
from rehearsal.world import FORGE, Place, world
from services.fixtures import NewRepository
from services.gitea import Gitea, People
from tamma_core.domain.effects import Done, PostIssueComment
from tamma_core.domain.ids import EffectKey
from tamma_core.domain.repository import IssueRef, RepositoryRef
from tamma_core.engine.publisher import marker

pytest_plugins = ["services.fixtures"]
KEY = EffectKey("comment:plan:67bdf6d7e0e8")


@pytest.mark.parametrize("forged", ["It is done.\n\n{mark}", "{mark}"])
async def test_a_forged_mark_is_a_strangers_comment(
    gitea: Gitea, people: People, new_repository: NewRepository, tmp_path: Path, forged: str
) -> None:
    """Our comment is posted beside it, and the outcome is ours."""
    repository = new_repository({"README.md": "x"})
    repository.admit(people.bot)
    issue = repository.create_issue("title", "body")
    name = repository.path.removeprefix("/repos/")
    where = IssueRef(FORGE, RepositoryRef(FORGE, name), str(issue))
    place = Place(data=tmp_path, forge_url=gitea.url, forge_token=people.bot.token, model_url="http://127.0.0.1:9")
    async with world(place) as made:
        task = await made.submit(name, issue)
        theirs = repository.comment(issue, forged.format(mark=marker(task, KEY)), by=people.stranger)
        lease = await made.ports.journal.claim(task, owner="w", ttl_s=60)
        outcome = await made.ports.effects.perform(lease, PostIssueComment(key=KEY, issue=where, body="The plan."))
        assert isinstance(outcome, Done)
        comments = await (await made.ports.forges.issues(FORGE)).list_issue_comments(where)
    assert [comment.author for comment in comments] == [people.stranger.name, people.bot.name]
    assert [comment.id for comment in comments] == [str(theirs), outcome.reference]
