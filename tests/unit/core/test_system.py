"""Time and chance of the operating system."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

from tamma_core.system import SystemClock, SystemEntropy


async def test_the_clock_tells_utc_and_never_runs_backwards() -> None:
    """Times are aware, and sleeping takes at least as long as asked."""
    clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.01)
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() - before >= 0.009


def test_tokens_are_sortable_and_unique() -> None:
    """Each token is greater than the one before, has 26 characters, and none comes twice from many threads."""
    entropy = SystemEntropy()
    tokens = [entropy.token() for _ in range(1000)]
    assert tokens == sorted(tokens)
    assert {len(token) for token in tokens} == {26}
    with ThreadPoolExecutor(4) as pool:
        tokens += pool.map(lambda _: entropy.token(), range(1000))
    assert len(set(tokens)) == 2000


def test_tokens_begin_with_the_time() -> None:
    """Another generator started later gives greater tokens, so that names sort by age across processes."""
    early = SystemEntropy().token()
    assert early[:6] <= SystemEntropy().token()[:6]
    assert early.isalnum()


def test_jitter_is_a_share() -> None:
    """Numbers lie from 0 up to 1 and differ."""
    numbers = {SystemEntropy().jitter() for _ in range(100)}
    assert all(0 <= number < 1 for number in numbers)
    assert len(numbers) > 90
