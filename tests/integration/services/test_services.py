"""Prove that the real services of the tests are what they claim to be."""

import asyncio
import os
import re

import httpx2
import pytest
from services.actions_runner import ActionsRunner
from services.available import missing
from services.daemon import await_condition
from services.faulty_proxy import Fault, FaultyProxy
from services.fixtures import NewRepository
from services.gitea import Gitea, People
from services.gitea_account import Account, GiteaError
from services.gitea_repository import Repository
from services.ollama import Ollama

WORKFLOW = """\
name: CI
on: [pull_request]
jobs:
  test:
    runs-on: {label}
    steps:
      - uses: actions/checkout@v4
      - name: what is checked out
        run: |
          git rev-parse HEAD
          test "$(git rev-parse HEAD)" = "${{{{ github.sha }}}}"
      - name: test
        run: test "$(cat answer.txt)" = right
"""
CONTEXT = "CI / test (pull_request)"


WORKFLOW_PATH = ".gitea/workflows/ci.yml"
GREEN = WORKFLOW.format(label="ubuntu-latest")


def await_state(repository: Repository, sha: str, state: str) -> None:
    """Wait until Gitea's combined state of the commit is the one named."""
    await_condition(lambda: repository.status(sha) == state, f"{sha} is {state}", 30.0)


def through(proxy: FaultyProxy, account: Account) -> httpx2.AsyncClient:
    """Return a client that reaches Gitea as `account` by way of the proxy."""
    headers = {"Authorization": f"token {account.token}"}
    return httpx2.AsyncClient(base_url=f"{proxy.url}/api/v1", headers=headers, trust_env=False)


def run_log(repository: Repository, sha: str) -> str:
    """Return the log of the only job of the only run at a commit."""
    client, actions = repository.owner.client, f"/api/v1{repository.path}/actions"
    (run,) = client.get(f"{actions}/runs?head_sha={sha}").json()["workflow_runs"]
    (job,) = client.get(f"{actions}/runs/{run['id']}/jobs").json()["jobs"]
    return client.get(f"{actions}/jobs/{job['id']}/logs").text


def bodies(repository: Repository, number: int) -> list[str]:
    """Return the texts of an issue's comments, asked of Gitea itself."""
    comments = repository.owner.client.get(f"/api/v1{repository.path}/issues/{number}/comments").json()
    return [comment["body"] for comment in comments]


def test_reasons_name_their_service() -> None:
    """Each reason for a missing tier begins with the name of a service."""
    assert all(re.match(r"[a-z0-9 _-]+: \S", reason) for reason in missing())


def test_gitea_is_the_pinned_version(gitea: Gitea) -> None:
    """The server that runs is the one that the tool module pins."""
    assert gitea.admin.call("GET", "/version") == {"version": "1.26.0"}


def test_bot_is_no_administrator(people: People) -> None:
    """The bot's token cannot do what only an administrator may."""
    assert people.bot.record("GET", "/user")["is_admin"] is False
    assert people.bot.request("GET", "/admin/users").status_code == 403


def test_repository_holds_all_files_in_one_commit(new_repository: NewRepository) -> None:
    """A new repository is one commit on `main` with every file given."""
    repository = new_repository({"a.txt": "a\n", "deep/b.txt": "b\n"})
    commits = repository.owner.client.get(f"/api/v1{repository.path}/commits").json()
    assert [commit["sha"] for commit in commits] == [repository.head()]
    raw = repository.owner.client.get(f"/api/v1{repository.path}/raw/deep/b.txt")
    assert raw.text == "b\n"


def test_stranger_cannot_push(new_repository: NewRepository, people: People) -> None:
    """A push by who has no access is refused and changes nothing."""
    repository = new_repository({"a.txt": "a\n"})
    before = repository.head()
    with pytest.raises(GiteaError, match=r"403|not allowed|denied|unauthorized|Authentication failed"):
        repository.push({"a.txt": "bad\n"}, "main", by=people.stranger)
    assert repository.head() == before


def test_protected_branch_refuses_a_direct_push(new_repository: NewRepository, people: People) -> None:
    """Under branch protection the bot reaches `main` by pull request only."""
    repository = new_repository({"a.txt": "a\n"})
    repository.protect_branch("main")
    with pytest.raises(GiteaError, match="protected branch"):
        repository.push({"a.txt": "b\n"}, "main", by=people.bot)


def test_green_run(gitea: Gitea, new_repository: NewRepository, people: People) -> None:
    """A pull request's status waits for a runner and becomes success by a real run of its commit."""
    repository = new_repository({"answer.txt": "none\n", WORKFLOW_PATH: WORKFLOW.format(label="green")})
    sha = repository.push({"answer.txt": "right\n"}, "change", by=people.bot)
    repository.create_pull_request("change", by=people.bot)
    status = f"{repository.path}/commits/{sha}/statuses"
    await_condition(lambda: people.bot.call("GET", status) != [], "a status is there", 30.0)
    assert repository.status(sha) == "pending"
    with ActionsRunner(gitea.url, gitea.runner_token(), ["green"]):
        await_state(repository, sha, "success")
    assert f"checked out {sha}" in run_log(repository, sha)
    assert people.bot.client.get(f"/api/v1{status}").json()[0]["context"] == CONTEXT


@pytest.mark.usefixtures("actions_runner")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer.txt": "wrong\n"}, "ended with code 1"),
        ({WORKFLOW_PATH: GREEN.replace("actions/checkout", "actions/cache")}, "`uses: actions/cache@v4` is not"),
        ({WORKFLOW_PATH: GREEN.replace("github.sha", "hashFiles('a')")}, "expression `hashFiles('a')` is not"),
        ({WORKFLOW_PATH: GREEN.replace("      - name: test", "      - if: 1 == 2")}, "`if: 1 == 2` is not"),
        ({WORKFLOW_PATH: GREEN.replace("    steps:", "    container: x\n    steps:")}, "job key `container` is not"),
    ],
    ids=["failing step", "unknown action", "unknown expression", "unknown condition", "unknown key"],
)
def test_red_run(new_repository: NewRepository, people: People, change: dict[str, str], reason: str) -> None:
    """A failing step, and whatever the runner does not understand, makes the status failure and says why."""
    repository = new_repository({"answer.txt": "none\n", WORKFLOW_PATH: GREEN})
    sha = repository.push({"answer.txt": "right\n", **change}, "change", by=people.bot)
    repository.create_pull_request("change", by=people.bot)
    await_state(repository, sha, "failure")
    assert reason in run_log(repository, sha)


@pytest.mark.usefixtures("actions_runner")
def test_skipped_job(new_repository: NewRepository, people: People) -> None:
    """A job whose `if` is false runs no step, and Gitea shows it as skipped."""
    workflow = GREEN.replace("    runs-on:", "    if: false\n    runs-on:")
    repository = new_repository({"answer.txt": "none\n", WORKFLOW_PATH: workflow})
    sha = repository.push({"answer.txt": "wrong\n"}, "change", by=people.bot)
    repository.create_pull_request("change", by=people.bot)
    await_state(repository, sha, "success")
    statuses = repository.owner.client.get(f"/api/v1{repository.path}/commits/{sha}/statuses").json()
    assert max(statuses, key=lambda status: status["id"])["status"] == "skipped"
    assert "checked out" not in run_log(repository, sha)


async def test_held_answer(faulty_proxy: FaultyProxy, new_repository: NewRepository, people: People) -> None:
    """While the proxy holds the answer back, Gitea shows the effect and the client knows nothing."""
    repository = new_repository({"a.txt": "a\n"})
    issue = repository.create_issue("one")
    path = f"{repository.path}/issues/{issue}/comments"
    rule = faulty_proxy.strike(Fault.HOLD, "POST", r"/comments$", nth=2)
    async with through(faulty_proxy, people.bot) as client:
        await client.post(path, json={"body": "first"})
        asking = asyncio.create_task(client.post(path, json={"body": "second"}))
        await rule.happened()
        assert bodies(repository, issue) == ["first", "second"]
        answered, _ = await asyncio.wait([asking], timeout=0.3)
        assert not answered
        rule.release()
        answer = await asking
    assert answer.status_code == rule.upstream_status == 201


@pytest.mark.parametrize(("fault", "effects"), [(Fault.DROP_BEFORE, 0), (Fault.DROP_AFTER, 1)])
async def test_dropped_connection(
    faulty_proxy: FaultyProxy, new_repository: NewRepository, people: People, fault: Fault, effects: int
) -> None:
    """A dropped connection is an error for the client, with or without the effect on Gitea."""
    repository = new_repository({"a.txt": "a\n"})
    issue = repository.create_issue("one")
    rule = faulty_proxy.strike(fault, "POST", r"/comments$")
    async with through(faulty_proxy, people.bot) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.post(f"{repository.path}/issues/{issue}/comments", json={"body": "x"})
    await rule.happened()
    assert len(bodies(repository, issue)) == effects


async def test_bad_gateway(faulty_proxy: FaultyProxy, new_repository: NewRepository, people: People) -> None:
    """A 502 reaches the client although Gitea has done the work, and the connection goes on."""
    repository = new_repository({"a.txt": "a\n"})
    issue = repository.create_issue("one")
    rule = faulty_proxy.strike(Fault.BAD_GATEWAY, "POST", r"/comments$")
    async with through(faulty_proxy, people.bot) as client:
        answer = await client.post(f"{repository.path}/issues/{issue}/comments", json={"body": "x"})
        again = await client.get(f"{repository.path}/issues/{issue}/comments")
    assert (answer.status_code, rule.upstream_status) == (502, 201)
    assert [comment["body"] for comment in again.json()] == ["x"]


async def test_push_through_proxy(faulty_proxy: FaultyProxy, new_repository: NewRepository, people: People) -> None:
    """Git pushes several megabytes, chunked, and fetches them again through the proxy."""
    repository = new_repository({"a.txt": "a\n"})
    noise = os.urandom(3_000_000)
    proxied = Repository(
        repository.owner, repository.name, repository.url.replace(gitea_of(repository), faulty_proxy.url)
    )
    sha = await asyncio.to_thread(proxied.push, {"noise.bin": noise}, "big", "main", "big", people.bot)
    assert repository.head("big") == sha
    assert any(method == "POST" and target.endswith("/git-receive-pack") for method, target in faulty_proxy.requests)


def gitea_of(repository: Repository) -> str:
    """Return the address of the Gitea that serves a repository."""
    return repository.url.removesuffix(f"/{repository.owner.name}/{repository.name}.git")


def test_restart_keeps_data(people: People, gitea: Gitea, new_repository: NewRepository) -> None:
    """After SIGKILL and a new start on the same port, what was answered is still there."""
    repository = new_repository({"a.txt": "a\n"})
    issue = repository.create_issue("kept")
    gitea.restart(crash=True)
    assert people.bot.record("GET", f"{repository.path}/issues/{issue}")["title"] == "kept"


def test_ollama_answers_in_both_dialects(ollama: Ollama) -> None:
    """One server answers the OpenAI dialect and Anthropic's, tools offered and usage counted."""
    ask = {"model": ollama.model, "max_tokens": 4, "messages": [{"role": "user", "content": "Say hi"}]}
    with httpx2.Client(timeout=60.0, trust_env=False) as client:
        openai = client.post(f"{ollama.openai_url}/chat/completions", json=ask)
        anthropic = client.post(f"{ollama.anthropic_url}/v1/messages", json=ask)
    assert openai.json()["choices"][0]["message"]["role"] == "assistant"
    assert openai.json()["usage"]["completion_tokens"] == 4
    assert anthropic.json()["content"][0]["type"] == "text"
    assert anthropic.json()["usage"]["output_tokens"] == 4
