"""What is configured of time limits arrives at the adapters, of whichever package they are."""

from pathlib import Path

import pytest
from tamma_cli.forges import ConfiguredForges
from tamma_cli.installed import INSTALLED
from tamma_cli.models import ConfiguredModels
from tamma_config.configuration import Configuration
from tamma_config.load import load
from tamma_config.snapshot import snapshot
from tamma_core.domain.agent import AgentRole
from tamma_providers.options import Patience

OUTSIDE = """
from tamma_core.domain.capabilities import ProviderCapabilities

class Outside:
    def __init__(self, options):
        self.options = options

    async def initialize(self):
        pass

    def get_capabilities(self, model):
        return ProviderCapabilities(
            supports_streaming=True, supports_tools=True, supports_prompt_cache=True, reports_usage=True,
            supported_models=(model,), max_context_tokens=9, max_output_tokens=9, price=None,
        )

def forge(name, *, base_url, token, options):
    return Outside(options)

def model(spec):
    return Outside(spec.options)
"""


class Configured:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, more: str) -> Configuration:
        entry = f"{{name: outside, type: outside, model: m{more}}}"
        forge = f"{{name: outside, type: outside{more}}}"
        file = self._directory / "config.yaml"
        file.write_text(f"aiProvider: {{providers: [{entry}]}}\ngitPlatform: {{platforms: [{forge}]}}\n")
        return load({}, home=self._directory, chosen=file, installed=INSTALLED)


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """Install a package with a forge and a model, and answer how to configure both."""
    metadata = tmp_path / "outside-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[tamma.platforms]\noutside = outside_adapters:forge\n[tamma.providers]\noutside = outside_adapters:model\n"
    )
    (tmp_path / "outside_adapters.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(tmp_path)
    return Configured(tmp_path)


async def options_of(configuration: Configuration, records: Path) -> tuple[object, Patience]:
    forge = await ConfiguredForges(configuration, records).platform("outside")
    choice = await ConfiguredModels(configuration, snapshot(configuration)).for_role(AgentRole.PLAN)
    return forge.options, choice.provider.options.patience  # type: ignore[attr-defined] # what the package kept


async def test_a_time_limit_reaches_the_adapter(configured: Configured, tmp_path: Path) -> None:
    """The forge gets it as an option; a model waits no longer for anything."""
    assert await options_of(configured(", timeoutSeconds: 45"), tmp_path) == (
        {"timeout_s": 45.0},
        Patience(connect_s=10.0, first_event_s=45.0, idle_s=45.0),
    )


def test_a_long_time_limit_is_for_the_beginning_of_an_answer() -> None:
    """A slow model may think for long, and not fall silent in the midst of an answer for as long."""
    assert Patience().within(600.0) == Patience(connect_s=10.0, first_event_s=600.0, idle_s=120.0)


async def test_without_one_the_adapters_own_hold(configured: Configured, tmp_path: Path) -> None:
    """An adapter of another package is given no option that it may not know."""
    assert await options_of(configured(""), tmp_path) == ({}, Patience())
