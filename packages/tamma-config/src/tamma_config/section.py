"""What every section of the configuration has in common."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema
from pydantic.alias_generators import to_camel
from tamma_core.domain.encryption import read_place


class Section(BaseModel):
    """Read camelCase keys, refuse unknown ones, and never show an input in an error."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, hide_input_in_errors=True, validate_by_name=True
    )


def _checked_url(text: str) -> str:
    if "${" in text:
        return text
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an address such as `https://host/path`")
    if parts.username or parts.password:
        raise ValueError("an address without user name or password; a secret has a key of its own")
    return text


def _checked_place(text: str) -> str:
    try:
        return read_place(text)
    except ValueError:
        raise ValueError("a host such as `gitea.lan`, with `:PORT` where that is not 80") from None


Url = Annotated[str, AfterValidator(_checked_url)]
ClearPlace = Annotated[str, AfterValidator(_checked_place)]


def open_choice(known: Sequence[str]) -> WithJsonSchema:
    """Publish the known words of a text that may also be another one, so that editors offer them."""
    return WithJsonSchema({"anyOf": [{"enum": list(known)}, {"type": "string"}]})
