"""Play the scenes of the provider contract on the rehearsed models."""

from msgspec.structs import replace
from tamma_core.domain.messages import JsonObject
from tamma_core.testing.provider_contract import PATH, SAID, SECRET, Scene

from tamma_providers.options import Patience, RetryPolicy
from tamma_providers.testing.replies import Answer, AskedTool, Broken, HttpFailure, Reply, in_turn
from tamma_providers.testing.scripted import ScriptedModel

TEXT = Answer(text=SAID)
_PAGE = "<html><body>Please sign in</body></html>"
_SLOW = "Number of requests has exceeded your rate limit"

ANSWERS: dict[Scene, Reply] = {
    "text": TEXT,
    "split at each byte": replace(TEXT, piece_bytes=1, piece_chars=5, newline="\r\n"),
    "tools": Answer(text="I read it.", tools=(AskedTool(name="read_file", arguments={"path": PATH}),), piece_chars=1),
    "parallel tools": Answer(
        tools=(
            AskedTool(name="read_file", arguments={"path": "a.py"}),
            AskedTool(name="read_file", arguments={"path": "b.py"}),
        )
    ),
    "broken arguments": Answer(tools=(AskedTool(name="read_file", raw='{"path": '),)),
    "thinking": Answer(thinking="First this, then that.", text=SAID),
    "empty": Answer(),
    "proxy page": HttpFailure(status=403, body=_PAGE),
    "proxy page with status 200": HttpFailure(status=200, body=_PAGE),
    "error before content": Broken(how="error"),
    "error after content": Broken(how="error", after_events=5),
    "closed before content": Broken(how="clean"),
    "closed after content": Broken(how="clean", after_events=5),
    "dropped after content": Broken(how="abrupt", after_events=5),
    "stalled": Broken(how="stall", after_events=5),
}

ANTHROPIC: dict[Scene, Reply] = {
    **ANSWERS,
    "refusal": Answer(stop="refusal"),
    "cut at the limit": Answer(text=SAID, stop="max_tokens"),
    "slow down": HttpFailure(
        status=429,
        body={"type": "error", "error": {"type": "rate_limit_error", "message": _SLOW}},
        headers={"retry-after": "7"},
    ),
    "slow down for an hour": HttpFailure(
        status=429,
        body={"type": "error", "error": {"type": "rate_limit_error", "message": _SLOW}},
        headers={"retry-after": "3600"},
    ),
    "no quota": HttpFailure(
        status=429,
        body={
            "type": "error",
            "error": {
                "type": "rate_limit_error",
                "message": "spend limit",
                "details": {"error_code": "enforced_spend_limit_reached"},
            },
        },
        headers={"retry-after": "1"},
    ),
    "overloaded": HttpFailure(
        status=529, body={"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    ),
    "overflow": HttpFailure(
        status=400,
        body={
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "prompt is too long: 213462 tokens > 200000 maximum"},
        },
    ),
    "overflow in the stream": Broken(
        how="error",
        after_events=2,
        body={
            "error": {"type": "invalid_request_error", "message": "prompt is too long: 213462 tokens > 200000 maximum"}
        },
    ),
    "bad request": HttpFailure(
        status=400,
        body={"type": "error", "error": {"type": "invalid_request_error", "message": "temperature: not permitted"}},
    ),
    "wrong key": HttpFailure(
        status=401,
        body={"type": "error", "error": {"type": "authentication_error", "message": f"invalid key {SECRET}"}},
    ),
    "forbidden": HttpFailure(
        status=403, body={"type": "error", "error": {"type": "permission_error", "message": "not for you"}}
    ),
    "no such model": HttpFailure(
        status=404, body={"type": "error", "error": {"type": "not_found_error", "message": "model: claude-none"}}
    ),
}


def _openai(message: str, code: str | None, kind: str = "invalid_request_error") -> JsonObject:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


OPENAI: dict[Scene, Reply] = {
    **ANSWERS,
    "refusal": Answer(stop="content_filter"),
    "cut at the limit": Answer(text=SAID, stop="length"),
    "slow down": HttpFailure(
        status=429, body=_openai(_SLOW, "rate_limit_exceeded", "requests"), headers={"retry-after-ms": "7000"}
    ),
    "slow down for an hour": HttpFailure(
        status=429, body=_openai(_SLOW, "rate_limit_exceeded", "requests"), headers={"retry-after": "3600"}
    ),
    "no quota": HttpFailure(
        status=429,
        body=_openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
        headers={"retry-after": "1"},
    ),
    "overloaded": HttpFailure(status=503, body=_openai("The engine is overloaded", None, "server_error")),
    "overflow": HttpFailure(
        status=400, body=_openai("This model's maximum context length is 128000 tokens.", "context_length_exceeded")
    ),
    "overflow in the stream": Broken(
        how="error", after_events=1, body=_openai("the tokens to keep is greater than the context length", None)
    ),
    "bad request": HttpFailure(status=400, body=_openai("Invalid type for 'messages'", None)),
    "wrong key": HttpFailure(status=401, body=_openai(f"Incorrect API key provided: {SECRET}", "invalid_api_key")),
    "forbidden": HttpFailure(status=403, body=_openai("Country not supported", "unsupported_country")),
    "no such model": HttpFailure(status=404, body=_openai("The model does not exist", "model_not_found")),
}


class ScriptedStage:
    """Tell a rehearsed model what to play, and keep the waits of the provider that asks it."""

    def __init__(self, model: ScriptedModel, scenes: dict[Scene, Reply]) -> None:
        self._model = model
        self._scenes = scenes
        self._waits: list[float] = []

    def will(self, *scenes: Scene) -> None:
        """Play each scene for one request; the last one stays."""
        self._model.respond = in_turn(*(self._scenes[scene] for scene in scenes))
        self._model.requests.clear()
        self._waits.clear()

    def requests(self) -> int:
        """Count the requests that came since."""
        return len(self._model.requests)

    def waits(self) -> list[float]:
        """List the waits since, in seconds; none of them was really waited."""
        return self._waits

    def retry(self) -> RetryPolicy:
        """Retry as usual, but without losing time."""
        return RetryPolicy(sleep=self._note)

    def patience(self) -> Patience:
        """Give up on a stalled stream soon."""
        return Patience(connect_s=5.0, first_event_s=20.0, idle_s=0.5)

    async def _note(self, seconds: float) -> None:
        self._waits.append(seconds)
