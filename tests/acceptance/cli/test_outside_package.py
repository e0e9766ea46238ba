"""A provider and a forge of another package, used by the command as its own are."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from acceptance.cli.outside import install_outside
from acceptance.cli.rehearsed import Bench, rehearsed_bench
from msgspec.structs import replace
from tamma_platforms.testing.gitea_fake import GiteaFake
from tamma_platforms.testing.gitea_state import FakeRepository
from tamma_platforms.testing.serving import serving

PLATFORM = """
gitPlatform:
  default: work
  platforms:
    - {{name: work, type: {kind}, baseUrl: {address}, token: t0ken}}
"""


@pytest.fixture
async def bench(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Bench]:
    """Set a project and a model up, reached through the gateway of the other package."""
    async with rehearsed_bench(tmp_path, environment) as made:
        config = config_of(made)
        config.write_text(config.read_text().replace("type: anthropic-claude", "type: company-gateway"))
        config.chmod(0o600)
        yield made


def config_of(bench: Bench) -> Path:
    """Answer the file that the command reads."""
    return Path(bench.environment["HOME"]) / ".tamma" / "config.yaml"


def with_outside(bench: Bench, folder: Path) -> Bench:
    """Install the other package for the command."""
    return replace(bench, environment=install_outside(folder, bench.environment))


async def test_an_installed_provider_and_forge_do_the_work(bench: Bench, tmp_path: Path) -> None:
    """A plan is made by the provider for a repository on the forge, both known by their entry points alone."""
    stored = FakeRepository(owner="team", name="shop", writers={"bot"})
    stored.push("main", {"README.md": b"here only for the API\n"}, None)
    fake = GiteaFake(tokens={"t0ken": "bot"}, repositories={"team/shop": stored})
    bench = with_outside(bench, tmp_path / "site")
    bench = replace(bench, environment={**bench.environment, "COMPANY_DISK": str(bench.repository)})
    wish = "Split a bill without losing cents: split_evenly"
    async with serving(fake.application()) as address:
        with config_of(bench).open("a") as file:
            file.write(PLATFORM.format(kind="company-forge", address=address))
        done = await bench.run("run", "--repo", f"{address}/team/shop", "--task", wish, "--dry-run")
    assert done.code == 0, done.err
    assert done.out.startswith("Plan 1 · ")
    assert "work:team/shop" in done.err
    assert "GET /api/v1/repos/team/shop" in fake.requests


async def test_without_the_package_the_type_is_refused_with_what_there_is(bench: Bench, tmp_path: Path) -> None:
    """File, line and key are named, and the types that could be written; then one that another package brings, too."""
    refused = await bench.run("run", "--task", "x")
    assert refused.code == 2
    assert "config.yaml`, line 5: `aiProvider.providers[0].type` is not installed here" in refused.err
    assert "`anthropic-claude`, `openai`" in refused.err
    assert "Traceback" not in refused.err

    installed = with_outside(bench, tmp_path / "site")
    config = config_of(bench)
    config.write_text(config.read_text().replace("company-gateway", "company-gatewy"))
    refused = await installed.run("run", "--task", "x")
    assert refused.code == 2
    assert "`local-llm`, `company-gateway`; did you mean `company-gateway`?" in refused.err

    config.write_text(
        config.read_text().replace("company-gatewy", "company-gateway")
        + PLATFORM.format(kind="companyforge", address="https://forge.example")
    )
    refused = await installed.run("run", "--task", "x")
    assert refused.code == 2
    assert "`gitPlatform.platforms[0].type` is not installed here; expected one of `github`" in refused.err
    assert "did you mean `company-forge`?" in refused.err


async def test_a_package_that_does_not_load_is_named(bench: Bench, tmp_path: Path) -> None:
    """An entry point that leads nowhere is refused with a hint before a task begins, without a traceback."""
    installed = with_outside(bench, tmp_path / "site")
    with config_of(bench).open("a") as file:
        file.write(PLATFORM.format(kind="broken-forge", address="https://forge.example"))
    refused = await installed.run("run", "--repo", "team/shop", "--task", "x", "--dry-run")
    assert refused.code == 2, refused.err
    assert "cannot be loaded from `outside_kinds:not_there`" in refused.err
    assert "hint: reinstall the package that brings it" in refused.err
    assert "Traceback" not in refused.err
