"""Hold a rehearsed model to the tools that it was offered, as vendors and their models do."""

import json
from collections.abc import Sequence
from functools import lru_cache

from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record

from tamma_providers.testing.replies import Answer, Broken, Reply


class Offered(Record, frozen=True):
    """Hold a tool of a request."""

    name: str
    schema: JsonObject


class UnfitCall(Exception):
    """A script calls a tool as no request offered it; where that is the story, the call says `unfit`."""


def schema_problem(tool: Offered) -> str:
    """Say why a vendor would not take a tool's schema, or nothing."""
    return _schema_problem(json.dumps(tool.schema))


def check_calls(reply: Reply, tools: Sequence[Offered]) -> None:
    """Raise `UnfitCall` for the first call that does not fit; text in place of arguments is a story of its own."""
    answer = reply.answer if isinstance(reply, Broken) else reply
    schemas = {tool.name: tool.schema for tool in tools}
    for call in answer.tools if isinstance(answer, Answer) else ():
        if call.unfit or call.raw is not None:
            continue
        if call.name not in schemas:
            raise UnfitCall(f"`{call.name}` was not offered, but {', '.join(schemas) or 'no tool'}")
        problem = _call_problem(json.dumps(schemas[call.name]), json.dumps(call.arguments))
        if problem:
            raise UnfitCall(f"`{call.name}`: {problem}")


# Each request sends the same schemas again.
@lru_cache(maxsize=256)
def _schema_problem(schema: str) -> str:
    from jsonschema import Draft202012Validator, SchemaError

    read = json.loads(schema)
    try:
        Draft202012Validator.check_schema(read)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"
    return "" if read.get("type") == "object" else "$.type: it is not `object`"


@lru_cache(maxsize=256)
def _call_problem(schema: str, arguments: str) -> str:
    from jsonschema import Draft202012Validator

    errors = Draft202012Validator(json.loads(schema)).iter_errors(json.loads(arguments))
    return "; ".join(f"{error.json_path}: {error.message}" for error in errors)
