"""Turn what a server said went wrong into the tree of errors, the same way for all vendors."""

import json
import re
from collections.abc import Mapping
from typing import Literal

from tamma_core.domain.errors import (
    AuthenticationFailed,
    ConfigError,
    ContextOverflow,
    InvalidInput,
    ModelRefused,
    NotFound,
    PermissionDenied,
    QuotaExhausted,
    RateLimited,
    Retryable,
    TammaError,
    Unavailable,
)
from tamma_core.domain.record import Record

from tamma_providers.overflow import is_overflow

Kind = Literal[
    "auth", "permission", "missing", "rate", "quota", "down", "overflow", "refused", "invalid", "moved", "garbage"
]


class _Telling(Record, frozen=True):
    """Say which error a kind becomes, and in which words; `{}` is the provider and its model."""

    error: type[TammaError]
    says: str
    hint: str


_TOLD: Mapping[Kind, _Telling] = {
    "auth": _Telling(
        AuthenticationFailed, "{} refused the key", "check the provider's `apiKey`: it is missing, wrong or expired"
    ),
    "permission": _Telling(
        PermissionDenied, "{} does not allow this", "ask for access to the model, or choose another one"
    ),
    "missing": _Telling(
        NotFound, "{} was not found", "check the provider's `model` and `baseUrl`; `/v1` may be missing"
    ),
    "rate": _Telling(
        RateLimited, "{} asked to slow down", "wait, lower the number of tasks at once, or raise the limit"
    ),
    "quota": _Telling(QuotaExhausted, "{} has no credit or quota left", "add credit, or change the provider"),
    "overflow": _Telling(
        ContextOverflow, "the request does not fit the window of {}", "compact it, or take a larger model"
    ),
    "refused": _Telling(ModelRefused, "{} declined", "a person has to reword the task or do it"),
    "invalid": _Telling(InvalidInput, "{} rejected the request", "the model may lack a feature that was used"),
    "moved": _Telling(
        ConfigError, "{} redirects elsewhere", "set `baseUrl` to the final address; redirects are not followed"
    ),
    "garbage": _Telling(
        Unavailable,
        "{} answered with something that is not its protocol",
        "a proxy or login page may stand before it: check `baseUrl`, `HTTPS_PROXY` and `NO_PROXY`",
    ),
    "down": _Telling(Unavailable, "{} is unavailable", "try again later"),
}
_BY_STATUS: Mapping[int, Kind] = {
    401: "auth",
    402: "quota",
    403: "permission",
    404: "missing",
    407: "garbage",
    408: "down",
    409: "down",
    425: "down",
    429: "rate",
    499: "down",
}
_SECRET = re.compile(r"\b(sk|gsk|xai|ghp|glpat|Bearer)[-_ ][A-Za-z0-9*._-]{6,}", re.IGNORECASE)
_LONGEST_MESSAGE = 300
_SERVER_ERROR = 500
_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)


class Failure(Record, frozen=True, kw_only=True):
    """Hold what a server said: `codes` are the type and code of its body, most specific first."""

    provider: str
    model: str
    status: int | None
    codes: tuple[str, ...] = ()
    message: str = ""
    retry_after_s: float | None = None
    garbage: bool = False


def read_failure(
    provider: str, model: str, status: int | None, body: object, headers: Mapping[str, str] | None = None
) -> Failure:
    """Read an error body: JSON of any of the known shapes, or text that some proxy wrote."""
    known = _parsed(body)
    inner = known.get("error", known) if known is not None else None
    if isinstance(inner, str):
        inner = {"message": inner}
    fields = inner if isinstance(inner, dict) else {}
    details = fields.get("details")
    specific = details.get("error_code") if isinstance(details, dict) else None
    words = (specific, fields.get("code"), fields.get("type"))
    return Failure(
        provider=provider,
        model=model,
        status=status,
        codes=tuple(str(word) for word in words if word not in (None, "")),
        message=str(fields.get("message") or ""),
        retry_after_s=retry_after(headers or {}),
        garbage=known is None and (status in _SUCCESS or _is_page(body)),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how long a server asks to wait, in seconds, from its number or its date."""
    from email.utils import parsedate_to_datetime

    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        if "retry-after" not in headers:
            return None
        value = headers["retry-after"]
        if value.replace(".", "", 1).isdigit():
            return float(value)
        from datetime import UTC, datetime

        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def kind_of(failure: Failure, known: Mapping[str, Kind]) -> Kind:
    """Classify by what the body says, then by status; `known` maps a vendor's types and codes."""
    if is_overflow(failure.status, failure.codes, failure.message):
        return "overflow"
    for code in failure.codes:
        if code in known:
            return known[code]
    if failure.status in _REDIRECT:
        return "moved"
    if failure.garbage:
        return "garbage"
    if failure.status is None or failure.status in _SUCCESS or failure.status >= _SERVER_ERROR:
        return "down"
    return _BY_STATUS.get(failure.status, "invalid")


def to_error(failure: Failure, known: Mapping[str, Kind], secret: str = "") -> TammaError:
    """Make the error of the tree; what the server wrote is cut, and the key is taken out."""
    made = _TOLD[kind_of(failure, known)]
    place = f"`{failure.provider}` with model `{failure.model}`"
    message = f"{made.says.format(place)}{_told(failure, secret)}"
    if issubclass(made.error, Retryable):
        return made.error(message, hint=made.hint, retry_after_s=failure.retry_after_s)
    return made.error(message, hint=made.hint)


def unreachable(provider: str, cause: BaseException) -> Unavailable:
    """Say that no answer came; of words, only those of this machine about a name or certificate are repeated."""
    from httpx2 import ConnectError

    said = f": {cause}" if isinstance(cause, ConnectError) else ""
    hint = "check the provider's `baseUrl` and the network"
    return Unavailable(f"`{provider}` could not be reached ({type(cause).__name__}{said})", hint=hint)


def _told(failure: Failure, secret: str) -> str:
    text = failure.message.replace(secret, "***") if secret else failure.message
    text = " ".join(_SECRET.sub("***", text).split())
    text = text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "…"
    words = ([f"HTTP {failure.status}"] if failure.status else []) + list(dict.fromkeys(failure.codes))
    return f" ({', '.join(words)})" * bool(words) + f": {text}" * bool(text)


def _is_page(body: object) -> bool:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return isinstance(text, str) and text.lstrip().startswith("<")


def _parsed(body: object) -> dict[str, object] | None:
    if isinstance(body, (str, bytes)):
        try:
            body = json.loads(body)
        except ValueError:
            return None
    return body if isinstance(body, dict) else None
