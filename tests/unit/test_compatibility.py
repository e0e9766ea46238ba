"""Hold the page of forges and providers against what the adapters say."""

import tomllib

from tamma_providers.dialects import dialect_names
from tamma_providers.registry import provider_kinds

from tools.compatibility import FORGES, PAGE, ROOT, page, providers


def test_the_page_says_what_the_adapters_say() -> None:
    """A changed capability changes the page, or this fails."""
    assert PAGE.read_text() == page(), "run `python tools/compatibility.py`"


def test_every_forge_of_ours_has_its_column() -> None:
    """A forge that is registered cannot be left out of the page."""
    declared = tomllib.loads((ROOT / "packages/tamma-platforms/pyproject.toml").read_text())
    assert set(FORGES) == set(declared["project"]["entry-points"]["tamma.platforms"])


def test_every_dialect_and_kind_has_its_row() -> None:
    """A dialect or a kind of provider that can be opened cannot be left out; `anthropic` is the short name of one."""
    table = providers()
    assert [name for name in dialect_names() if f", `{name}` |" not in table] == []
    assert [kind for kind in provider_kinds() if kind != "anthropic" and f"| `{kind}` |" not in table] == []
