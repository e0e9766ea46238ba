"""Providers by kind."""

import subprocess
import sys
from pathlib import Path

import pytest
from tamma_core.domain.errors import ConfigError
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider, provider_kinds


def test_unknown_kinds_and_dialects_name_the_known_ones() -> None:
    """A typing error is answered with the list to choose from."""
    with pytest.raises(ConfigError) as told:
        open_provider("p", kind="antropic", model="m")
    assert "anthropic" in told.value.hint
    with pytest.raises(ConfigError) as told:
        open_provider("p", kind="openai", model="m", options=ProviderOptions(dialect="gpt4all"))
    assert "llamacpp" in told.value.hint


def test_opening_imports_no_sdk() -> None:
    """Neither listing nor opening a provider pays for an SDK; asking does."""
    program = (
        "import sys\n"
        "from tamma_providers.registry import open_provider, provider_kinds\n"
        "provider_kinds()\n"
        "open_provider('a', kind='anthropic', model='m', base_url='http://127.0.0.1:9').get_capabilities('m')\n"
        "open_provider('o', kind='local-llm', model='m', base_url='http://127.0.0.1:9').get_capabilities('m')\n"
        "print(sorted({'anthropic', 'openai', 'httpx2', 'tenacity'} & set(sys.modules)))\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"


def test_other_packages_bring_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of another package is listed from its metadata, and its code is loaded when it is opened."""
    metadata = tmp_path / "outside-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        "[tamma.providers]\noutside = outside_provider:open\nbroken = nowhere:open\n"
    )
    (tmp_path / "outside_provider.py").write_text("def open(spec):\n    return spec.name\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert {"anthropic", "outside", "broken"} <= set(provider_kinds())
    assert "outside_provider" not in sys.modules
    assert str(open_provider("theirs", kind="outside", model="m")) == "theirs"
    with pytest.raises(ConfigError, match="cannot be loaded"):
        open_provider("p", kind="broken", model="m")
