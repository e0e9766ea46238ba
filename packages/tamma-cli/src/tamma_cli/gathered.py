"""Options that several commands share, defined once as the fields of a record."""

import functools
import inspect
from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any, get_type_hints

from msgspec.structs import fields
from tamma_core.domain.record import Record

Command = Callable[..., None]


def gathered(command: Command) -> Command:
    """Show Typer the fields of each parameter that is a record as options, and gather them again for the command."""
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, Any] = {
        name: one.annotation for name, one in signature.parameters.items() if _is_record(one.annotation)
    }

    @functools.wraps(command)
    def spread(**given: object) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    shown = [one for parameter in signature.parameters.values() for one in _shown(parameter)]
    spread.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined] # where `inspect` looks first
    return spread


def _is_record(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Record)


def _shown(parameter: Parameter) -> Iterator[Parameter]:
    if not _is_record(parameter.annotation):
        yield parameter
        return
    hints = get_type_hints(parameter.annotation, include_extras=True)
    for field in fields(parameter.annotation):
        yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
