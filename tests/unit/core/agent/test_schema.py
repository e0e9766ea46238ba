"""The schemas that models are sent."""

import json

from tamma_core.agent.toolbox import schema_of
from tamma_core.engine.reviewing import ReviewedChange


def test_a_record_within_a_record_is_written_out() -> None:
    """A vendor is sent one schema in one piece: nothing in it points elsewhere."""
    written = json.loads(json.dumps(schema_of(ReviewedChange)))
    assert "$ref" not in json.dumps(written)
    assert set(written["properties"]["answers"]["items"]["properties"]) == {"thread", "answer"}
