"""Write configuration files and load them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tamma_config.configuration import Configuration
from tamma_config.load import load

Loader = Callable[..., Configuration]


@pytest.fixture
def load_text(tmp_path: Path) -> Loader:
    """Load a text as the file of `--config`, with nothing of this machine's environment."""

    def loader(text: str, suffix: str = "yaml", **environ: str) -> Configuration:
        file = tmp_path / f"config.{suffix}"
        file.write_text(text)
        file.chmod(0o600)
        return load(environ, home=tmp_path / "home", chosen=file)

    return loader
