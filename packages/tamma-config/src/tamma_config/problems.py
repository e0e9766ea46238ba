"""What is wrong with a configuration, said with file, line, key and what is expected."""

from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic import BaseModel, ValidationError
from tamma_core.domain.errors import ConfigError

from tamma_config.layer import Layer
from tamma_config.references import Unset
from tamma_config.suggestion import nearest
from tamma_config.tree import FREE_KEYS, Path, Tree, get, has, show

Problem = tuple[Path, str]
HINT = "see `docs/configuration.md` for every key and an example"


def from_validation(error: ValidationError, tree: Tree, schema: type[BaseModel]) -> Iterator[Problem]:
    """Turn pydantic's findings into ours; no input is quoted, since any input may be a secret."""
    for found in error.errors(include_input=False, include_url=False):
        path: Path = tuple(found["loc"])
        value = get(tree, path)
        if found["type"] == "extra_forbidden":
            yield path, f"is not a known key{nearest(str(path[-1]), _keys_beside(path, schema))}"
        elif found["type"] == "missing":
            yield path, "is missing"
        elif isinstance(value, Unset):
            yield path, f"needs the environment variable `{value.variables[0]}`, which is not set"
        elif found["type"] == "model_type":
            yield path, "expected a map of settings"
        elif path and path[-1] == "[key]":
            yield path[:-1], f"is not known here; expected {_expected(found['msg'])}"
        else:
            yield path, f"expected {_expected(found['msg'])}"


def raise_problems(problems: Sequence[Problem], layers: Sequence[Layer], *, hint: str = HINT) -> None:
    """Raise one `ConfigError` that lists all problems, each with its place; nothing when there are none."""
    if not problems:
        return
    lines = [f"{_where(path, layers)}: `{_written(path, layers)}` {text}" for path, text in problems]
    head = (
        lines[0]
        if len(lines) == 1
        else f"{len(lines)} problems in the configuration:\n" + "\n".join(f"  {line}" for line in lines)
    )
    raise ConfigError(head, hint=hint)


def layer_of(path: Path, layers: Sequence[Layer]) -> Layer | None:
    """Answer the highest layer that has the path, or the nearest part of it."""
    for length in range(len(path), 0, -1):
        for layer in reversed(layers):
            if has(layer.tree, path[:length]):
                return layer
    return None


def _where(path: Path, layers: Sequence[Layer]) -> str:
    layer = layer_of(path, layers)
    return layer.where(path) if layer else "configuration"


def _written(path: Path, layers: Sequence[Layer]) -> str:
    layer = layer_of(path, layers)
    return show(layer.written(path) if layer else path)


def _expected(message: str) -> str:
    for start in ("Input should be ", "Value error, "):
        message = message.removeprefix(start)
    return message[:1].lower() + message[1:] if message[1:2].islower() else message


def _keys_beside(path: Path, schema: type[BaseModel]) -> Iterator[str]:
    section: type[BaseModel] | None = schema
    for key in path[:-1]:
        if isinstance(key, int) or section is None:
            continue
        if key in FREE_KEYS:
            return
        section = _section_at(section, str(key))
    if section is not None:
        yield from (str(field.alias) for field in section.model_fields.values())


def _section_at(section: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = next((field for field in section.model_fields.values() if field.alias == key), None)
    kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
