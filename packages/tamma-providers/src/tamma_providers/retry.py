"""Try again what is worth it, but only before the first chunk reached the caller."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tamma_core.domain.errors import Retryable, TruncatedStream
from tamma_core.ports.tape import replaying

from tamma_providers.options import RetryPolicy

Result = TypeVar("Result")


async def retried(
    attempt: Callable[[], Awaitable[Result]], policy: RetryPolicy, time_left_s: Callable[[], float]
) -> Result:
    """Run an attempt until it succeeds, fails for good, or no attempt or time is left."""
    from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(0.0, min(wait_s(error, state.attempt_number, policy), time_left_s()))

    async def sleep(seconds: float) -> None:
        if not replaying():
            await policy.sleep(seconds)

    retrying = AsyncRetrying(
        sleep=sleep,
        stop=stop_after_attempt(policy.attempts),
        wait=wait,
        retry=retry_if_exception(lambda error: is_worth_retrying(error, policy, time_left_s())),
        reraise=True,
    )
    return await retrying(attempt)


def is_worth_retrying(error: BaseException, policy: RetryPolicy, time_left_s: float) -> bool:
    """Tell whether the same request may succeed in the time that is left."""
    if not isinstance(error, Retryable) or (isinstance(error, TruncatedStream) and error.partial):
        return False
    asked = error.retry_after_s or 0.0
    return asked <= policy.retry_after_cap_s and asked < time_left_s


def wait_s(error: BaseException | None, attempt: int, policy: RetryPolicy) -> float:
    """Answer what the server asked for, and at least our own growing wait with jitter, in seconds."""
    own = min(policy.longest_wait_s, policy.first_wait_s * 2 ** (attempt - 1)) * (0.5 + policy.jitter() / 2)
    asked = error.retry_after_s if isinstance(error, Retryable) else None
    return own if asked is None else asked + policy.jitter() * min(1.0, asked)
