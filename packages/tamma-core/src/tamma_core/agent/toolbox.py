"""The tools that a model may use: names, descriptions, schemas, and who runs them."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from msgspec import ValidationError, convert
from msgspec.json import schema_components
from msgspec.structs import fields

from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.messages import JsonObject, JsonValue, Tool, ToolCall
from tamma_core.domain.record import Record

Arguments = TypeVar("Arguments")
Run = Callable[[Any], Awaitable[str]]  # each tool's argument record is its own type


class ToolSpec(Record, frozen=True):
    """Bind a tool's name and description to its argument record and the function that runs it."""

    name: str
    description: str
    arguments: type[object]
    run: Run
    repeatable: bool = False
    """Whether a call may be run again when its result was lost."""


class ToolAnswer(Record, frozen=True):
    """Hold what the model is shown after a call."""

    content: str
    is_error: bool = False


def schema_of(kind: type[object]) -> JsonObject:
    """Write a record type's JSON Schema in one piece, without titles and defaults that only cost tokens."""
    _, named = schema_components((kind,), ref_template="{name}")
    slim: JsonObject = _slim(named[kind.__name__], named)
    return slim


def _slim(schema: Any, named: dict[str, Any]) -> Any:  # JSON in, JSON out
    if isinstance(schema, list):
        return [_slim(item, named) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _slim(named[schema["$ref"]], named)
    kept = {key: _slim(value, named) for key, value in schema.items() if key not in {"title", "default"}}
    return kept if "title" not in schema or isinstance(schema["title"], str) else kept | {"title": schema["title"]}


def parse(kind: type[Arguments], arguments: JsonObject) -> Arguments:
    """Read a tool's arguments, leaving out what it does not know; raise `InvalidInput` naming each that does not fit."""
    known = {field.name: field for field in fields(cast("type[Record]", kind))}
    given = {name: value for name, value in arguments.items() if name in known}
    try:
        return convert(given, kind, strict=False)
    except (ValidationError, UnicodeEncodeError) as error:
        problems = [problem for name, value in given.items() if (problem := _problem(name, value, known[name].type))]
        raise InvalidInput(
            f"arguments do not fit: {'; '.join(problems) or error}",
            hint="call the tool again with arguments of its schema",
        ) from error


def _problem(name: str, value: JsonValue, kind: Any) -> str:  # a type, or what stands for one
    try:
        convert(value, kind, strict=False)
    except UnicodeEncodeError:
        return f"{name}: it holds half a character"
    except ValidationError as error:
        return f"{name}: {error}"
    return ""


class Toolbox:
    """Run the tool calls of a model; every failure becomes an answer that the model can act on."""

    def __init__(self, specs: tuple[ToolSpec, ...]) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self.tools = tuple(Tool(spec.name, spec.description, schema_of(spec.arguments)) for spec in specs)
        """Their descriptions, always in the same order; each turn sends them again."""

    def is_repeatable(self, name: str) -> bool:
        """Tell whether a call of this tool changes nothing."""
        spec = self._specs.get(name)
        return spec is None or spec.repeatable

    async def run(self, call: ToolCall) -> ToolAnswer:
        """Run one call."""
        spec = self._specs.get(call.name)
        if spec is None:
            return ToolAnswer(f"there is no tool `{call.name}`; use one of: {', '.join(self._specs)}", is_error=True)
        if call.error is not None:
            return ToolAnswer(f"the arguments are not valid JSON ({call.error}); send them again", is_error=True)
        try:
            return ToolAnswer(await spec.run(parse(spec.arguments, call.arguments)))
        except InvalidInput as error:
            return ToolAnswer(f"{error.message}. {error.hint}".strip(), is_error=True)
