"""The published schema, and what the code assumes about it."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from tamma_config.environment import variables
from tamma_config.json_schema import json_schema
from tamma_config.problems import _section_at
from tamma_config.schema import TammaConfig
from tamma_config.tree import FREE_KEYS

ROOT = Path(__file__).parents[3]


def sections(section: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a section and all below it."""
    yield section
    for field in section.model_fields.values():
        below = _section_at(section, str(field.alias))
        if below is not None:
            yield from sections(below)


def test_the_published_schema_is_up_to_date() -> None:
    """`python -m tamma_config.json_schema` wrote `docs/config.schema.json`."""
    assert (ROOT / "docs" / "config.schema.json").read_text() == json_schema()


def test_every_map_with_keys_of_others_is_known() -> None:
    """A map whose keys are not ours is left alone by the change to camelCase."""
    maps = {
        str(field.alias)
        for section in sections(TammaConfig)
        for field in section.model_fields.values()
        if str(field.annotation).startswith("dict[")
    }
    assert maps == FREE_KEYS


def test_the_page_names_every_key_and_variable() -> None:
    """`docs/configuration.md` leaves out no key of the schema, and its example variables exist."""
    page = (ROOT / "docs" / "configuration.md").read_text()
    keys = {str(field.alias) for section in sections(TammaConfig) for field in section.model_fields.values()}
    assert sorted(key for key in keys if f"`{key}`" not in page and f"{key}:" not in page) == []
    assert variables()["TAMMA_LIMITS__COST_USD"] == ("limits", "costUsd")
    assert variables()["TAMMA_LOG_LEVEL"] == ("logLevel",)


def test_the_schema_is_json_with_camel_case_keys() -> None:
    """Editors complete the keys that Tamma itself writes."""
    assert "perWorkflowProviders" in json.loads(json_schema())["$defs"]["AiProviderSection"]["properties"]
