"""Give Gitea's refusals the type that says what the caller does next."""

from tamma_core.domain.errors import (
    AlreadyExists,
    AuthenticationFailed,
    Conflict,
    InvalidInput,
    NotFound,
    PermissionDenied,
    TammaError,
    Unavailable,
    Unsupported,
)

from tamma_platforms.http.call import Answer, Call

_TYPES: dict[int, type[TammaError]] = {
    400: InvalidInput,
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: NotFound,
    405: Unsupported,
    409: AlreadyExists,
    410: Unsupported,
    412: Conflict,
    413: InvalidInput,
    422: InvalidInput,
    423: PermissionDenied,
}
_HINTS = {
    401: "make a new token and put it into the environment",
    403: "give the account write access, and the token the scopes write:repository, write:issue, read:user",
    404: "check the name; Gitea also hides what the account may not see",
    423: "unarchive the repository, or leave it alone",
}


def refusal(call: Call, answer: Answer) -> TammaError:
    """Map a refused call to an error.

    Shape: `{"message": text}`. Units: none. Errors: none raised, one answered.
    Source: Gitea's API description, section on responses, and measurements on 1.26.
    """
    kind = _TYPES.get(answer.status, Unavailable)
    said = answer.message() or "no reason given"
    return kind(f"{call}: Gitea answered {answer.status}, {said}", hint=_HINTS.get(answer.status, ""))
