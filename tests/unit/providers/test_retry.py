"""What is tried again, and after how long."""

import pytest
from tamma_core.domain.errors import InvalidInput, RateLimited, TammaError, TruncatedStream, Unavailable
from tamma_providers.options import RetryPolicy
from tamma_providers.retry import is_worth_retrying, retried, wait_s


def test_waits_grow_up_to_a_bound() -> None:
    """Without advice the waits double, and stay below the longest."""
    policy = RetryPolicy(first_wait_s=1.0, longest_wait_s=5.0, jitter=lambda: 1.0)
    assert [wait_s(Unavailable("down"), attempt, policy) for attempt in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 5.0]


def test_never_earlier_than_asked() -> None:
    """The server's advice is a lower bound, and jitter only adds to it."""
    policy = RetryPolicy(jitter=lambda: 0.5)
    assert wait_s(RateLimited("slow", retry_after_s=7.0), 1, policy) == 7.5


@pytest.mark.parametrize(
    ("error", "left_s", "worth"),
    [
        (Unavailable("down"), 100.0, True),
        (RateLimited("slow", retry_after_s=59.0), 100.0, True),
        (RateLimited("slow", retry_after_s=61.0), 100.0, False),
        (RateLimited("slow", retry_after_s=30.0), 20.0, False),
        (Unavailable("down"), 0.0, False),
        (TruncatedStream("cut"), 100.0, True),
        (TruncatedStream("cut", partial=True), 100.0, False),
        (InvalidInput("bad"), 100.0, False),
    ],
)
def test_what_is_worth_it(error: TammaError, left_s: float, *, worth: bool) -> None:
    """Passing failures are, unless the wait is beyond the cap or the time, or a part was delivered."""
    assert is_worth_retrying(error, RetryPolicy(), left_s) is worth


async def test_last_error_is_raised_itself() -> None:
    """When the attempts are used up, the caller gets the error of the last one, unwrapped."""
    waited: list[float] = []
    asked = 0

    async def attempt() -> str:
        nonlocal asked
        asked += 1
        raise Unavailable(f"down {asked}")

    async def note(seconds: float) -> None:
        waited.append(seconds)

    with pytest.raises(Unavailable, match="down 3"):
        await retried(attempt, RetryPolicy(attempts=3, sleep=note), lambda: 100.0)
    assert len(waited) == 2
