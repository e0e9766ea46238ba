"""Read the arguments that a model wrote for a tool."""

import json
import re

from tamma_core.domain.ids import CallId
from tamma_core.domain.messages import ToolCall

_UNSOUND = re.compile("[\ud800-\udfff]|\\\\u0000")
"""Halves of characters and NUL: JSON may name them, but no file, argument or database takes them."""


def read_call(call_id: CallId, name: str, raw: str) -> ToolCall:
    """Parse the arguments of a call; what cannot be read is told in `error`, and kept as it came."""
    if not raw.strip():
        return ToolCall(call_id, name, {}, raw_arguments=raw)
    try:
        arguments = json.loads(raw.encode("utf-8", "replace"))
        written = json.dumps(arguments, ensure_ascii=False)
        if _UNSOUND.search(written):
            arguments = json.loads(_UNSOUND.sub("\ufffd", written))
    except (ValueError, RecursionError) as error:
        return ToolCall(call_id, name, {}, error=f"the arguments are not valid JSON: {error}", raw_arguments=raw)
    if not isinstance(arguments, dict):
        told = f"the arguments must be a JSON object, not {type(arguments).__name__}"
        return ToolCall(call_id, name, {}, error=told, raw_arguments=raw)
    return ToolCall(call_id, name, arguments, raw_arguments=raw)
