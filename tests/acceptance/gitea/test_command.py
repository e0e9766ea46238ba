"""The installed command on a real Gitea, as a maintainer would run it."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from rehearsal import project
from rehearsal.story import Stage, Story

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("actions_runner")]
TAMMA = Path(sys.executable).parent / "tamma"
CANARY = "tamma-canary-7f3a91c2d45e"


def configure(home: Path, story: Story) -> dict[str, str]:
    """Write a configuration that names its secrets, and answer an environment that holds them."""
    (home / ".tamma").mkdir(parents=True)
    (home / ".tamma" / "config.yaml").write_text(
        f"""aiProvider:
  default: anthropic-claude
  providers:
    - name: anthropic-claude
      enabled: true
      apiKey: ${{SCRIPTED_KEY}}
      baseUrl: {story.place.model_url}
      model: claude-sonnet-5-5
gitPlatform:
  default: gitea
  platforms:
    - name: gitea
      enabled: true
      baseUrl: {story.place.forge_url}
      token: ${{FORGE_TOKEN}}
merge: {{settleSeconds: 0}}
"""
    )
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "SCRIPTED_KEY": CANARY,
        "FORGE_TOKEN": story.place.forge_token,
    }


async def tamma(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run the command and answer its exit code, output and messages."""
    process = await asyncio.create_subprocess_exec(
        TAMMA, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def merged_by_command(environment: dict[str, str], story: Story) -> tuple[dict[str, Any], str]:
    """Run the command on the story's issue to its merge; answer what it printed as data, and all that it said."""
    url = f"{story.place.forge_url}/{story.slug}/issues/{story.issue}"
    code, out, err = await tamma(environment, "run", "--issue", url, "--yes", "--json")
    assert code == 0, err
    return json.loads(out), out + err


async def test_command_merges_an_issue_and_keeps_its_secrets(stage: Stage, tmp_path: Path) -> None:
    """`tamma run --issue URL --yes` ends in a merge; no key and no token is in anything that it wrote."""
    home = tmp_path / "home"
    async with stage(project.repairing()) as story:
        environment = configure(home, story)
        shown, said = await merged_by_command(environment, story)
        assert shown["status"] == "completed"
        assert story.repository.head("main") == shown["merged"]
        assert story.get(f"/issues/{story.issue}")["state"] == "closed"
        said = "\n".join([said, *story.comments()])
        written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        for secret in (CANARY, story.place.forge_token):
            assert secret not in said
            assert secret.encode() not in written
        code, out, _ = await tamma(environment, "tasks", "list", "--json")
        assert (code, json.loads(out.splitlines()[0])["task"]) == (0, shown["task"])


async def test_an_issue_is_one_however_its_repository_is_spelled(stage: Stage, tmp_path: Path) -> None:
    """Forges know a repository by any case: a second task of the issue is refused all the same."""
    async with stage(project.repairing()) as story:
        environment = configure(tmp_path / "home", story)
        url = f"{story.place.forge_url}/{story.slug}/issues/{story.issue}"
        other = f"{story.place.forge_url}/{story.slug.upper()}/issues/0{story.issue}"
        code, out, err = await tamma(environment, "run", "--issue", url, "--detach", "--json")
        assert code == 0, err
        code, _, err = await tamma(environment, "run", "--issue", other, "--detach")
        assert code == 1
        assert f"task {json.loads(out)['task']} works on" in " ".join(err.split())


async def test_wrong_token_and_missing_issue_are_said_in_words(stage: Stage, tmp_path: Path) -> None:
    """What a maintainer gets wrong is told with a hint, without a traceback."""
    async with stage(project.repairing()) as story:
        environment = configure(tmp_path / "home", story)
        url = f"{story.place.forge_url}/{story.slug}/issues"
        missing = await tamma(environment, "run", "--issue", f"{url}/999", "--yes")
        wrong = await tamma(environment | {"FORGE_TOKEN": "0" * 40}, "run", "--issue", f"{url}/{story.issue}", "--yes")
        unset = await tamma({**environment, "FORGE_TOKEN": ""}, "run", "--issue", f"{url}/{story.issue}", "--yes")
    for code, out, err in (missing, wrong, unset):
        assert code in {1, 2}, (out, err)
        assert "hint:" in err
        assert "Traceback" not in err
    assert "999" in missing[2]
    assert "token" in wrong[2]


async def test_secret_in_an_issue_goes_no_further(stage: Stage, tmp_path: Path) -> None:
    """A key that somebody pasted into the issue is in no prompt, no file of ours, no commit and no comment."""
    home = tmp_path / "home"
    async with stage(project.repairing(), title=f"Key {CANARY} leaks") as story:
        environment = configure(home, story)
        url = f"{story.place.forge_url}/{story.slug}/issues/{story.issue}"
        code, out, err = await tamma(environment, "run", "--issue", url, "--yes", "--json")
        assert code == 0, err
        written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
        sent = b"".join(request.body for request in story.model.requests)
        commits = json.dumps(story.get("/commits?sha=main"))
        pulls = json.dumps(story.get("/pulls?state=all"))
        for place in (out, err, *story.comments(), commits, pulls):
            assert CANARY not in place
        assert CANARY.encode() not in sent
        assert CANARY.encode() not in written
