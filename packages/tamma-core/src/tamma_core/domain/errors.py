"""One tree of errors, shaped by what the caller does next.

TammaError
├── Retryable            do the same again, not before `retry_after_s`
│   ├── Unavailable        the other side is down, slow or answered 5xx
│   ├── RateLimited        it asked us to slow down
│   └── TruncatedStream    an answer broke off; `partial` says whether some of it was used
├── Conflict             somebody else was there first: read again, then decide
│   ├── LeaseLost          another worker holds the task now
│   │   └── LeaseHeld        … until the time that it names, unless it renews
│   ├── ConditionFailed    an event arrived that the append did not know of
│   ├── AlreadyExists      what was to be created is there
│   └── HeadMoved          a branch is not where it was when it was checked
├── ContextOverflow      send less: compact, or take a model with a larger window
├── NotNow               do it later, not before a time of day
├── NeedsHuman           park the task and say why
│   ├── BudgetExhausted    a cap of ours is reached
│   ├── QuotaExhausted     the vendor wants money or a new period
│   ├── ModelRefused       the model or its filter declined
│   └── SaidStop           a person said stop: by a file, a label, or what was closed
├── UserError            tell the user what to change
│   ├── ConfigError        the configuration is wrong (exit code 2)
│   ├── InvalidInput       an argument, file or issue is wrong
│   ├── AuthenticationFailed
│   ├── PermissionDenied
│   ├── NotFound
│   ├── Unsupported        this forge or provider cannot do it
│   └── SandboxUnavailable no isolation holds on this machine
└── Defect               a rule of ours is broken: stop, keep the evidence
"""

from datetime import datetime


class TammaError(Exception):
    """Say what happened to which object; `hint` says what to do about it."""

    lost_answers = 0
    """How many answers of a model began and were lost before their first word; a vendor bills what they read."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Retryable(TammaError):
    """Do the same again, not before `retry_after_s` seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class Unavailable(Retryable):
    """The other side is down, slow, or answered with a server error."""


class RateLimited(Retryable):
    """The other side asked us to slow down."""


class TruncatedStream(Retryable):
    """An answer broke off before its end; `partial` tells whether part of it was delivered."""

    def __init__(
        self, message: str, *, hint: str = "", retry_after_s: float | None = None, partial: bool = False
    ) -> None:
        super().__init__(message, hint=hint, retry_after_s=retry_after_s)
        self.partial = partial


class Conflict(TammaError):
    """Somebody else was there first: read again, then decide."""


class LeaseLost(Conflict):
    """Another worker holds the task, or this one's lease ran out."""


class LeaseHeld(LeaseLost):
    """A task cannot be claimed before `until`, and not then either if its holder is alive."""

    def __init__(self, message: str, *, until: datetime, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.until = until


class ConditionFailed(Conflict):
    """An event arrived that this append did not know of."""


class AlreadyExists(Conflict):
    """What was to be created is already there."""


class HeadMoved(Conflict):
    """A branch is not where it was when it was checked."""

    def __init__(self, message: str, *, hint: str = "", actual: str = "") -> None:
        super().__init__(message, hint=hint)
        self.actual = actual


class ContextOverflow(TammaError):
    """The request does not fit the model's window: compact it, or take a larger model."""


class NeedsHuman(TammaError):
    """Park the task with this reason."""


class BudgetExhausted(NeedsHuman):
    """A cap set in the configuration is reached."""


class QuotaExhausted(NeedsHuman):
    """The vendor's quota or credit is used up; waiting a little does not help."""


class ModelRefused(NeedsHuman):
    """The model, or a filter before it, declined to answer."""


class SaidStop(NeedsHuman):
    """A person said stop; `silent` tells that the forge is not to be told, since all work stops."""

    def __init__(self, message: str, *, hint: str = "", silent: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.silent = silent


class NotNow(TammaError):
    """Do it later: it may not be done before `until`."""

    def __init__(self, message: str, *, until: datetime, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.until = until


class UserError(TammaError):
    """Tell the user what to change."""


class ConfigError(UserError):
    """The configuration cannot be used as it is."""


class InvalidInput(UserError):
    """An argument, a file or an issue cannot be used as it is."""


class AuthenticationFailed(UserError):
    """A token or key is missing, wrong or expired; `doubtful` tells that a page said so, which may be a proxy's."""

    def __init__(self, message: str, *, hint: str = "", doubtful: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.doubtful = doubtful


class PermissionDenied(UserError):
    """The account may not do this."""


class NotFound(UserError):
    """The named thing does not exist, or is hidden from this account."""


class Unsupported(UserError):
    """This forge, provider or machine cannot do it."""


class SandboxUnavailable(UserError):
    """No isolation of the configured level holds on this machine."""


class Defect(TammaError):
    """A rule of ours is broken: stop, and keep the evidence."""
