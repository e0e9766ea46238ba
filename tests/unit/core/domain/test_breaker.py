"""The circuit breaker, with a clock that the test moves."""

from tamma_core.domain.breaker import Breaker, BreakerState


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(monotonic=clock)
    for _ in range(5):
        assert breaker.admit()
        breaker.failed()
    return breaker


def test_five_failures_in_a_minute_open_it() -> None:
    """The fifth failure opens it, four do not."""
    clock = Clock()
    breaker = Breaker(monotonic=clock)
    for _ in range(4):
        breaker.failed()
    assert breaker.admit()
    breaker.failed()
    assert breaker.state is BreakerState.OPEN
    assert not breaker.admit()


def test_old_failures_do_not_count() -> None:
    """Failures further apart than the window never open it."""
    clock = Clock()
    breaker = Breaker(monotonic=clock)
    for _ in range(20):
        breaker.failed()
        clock.now += 16
    assert breaker.state is BreakerState.CLOSED


def test_half_open_lets_one_probe_through() -> None:
    """After five minutes one request passes, and a second has to wait for its end."""
    clock = Clock()
    breaker = opened(clock)
    clock.now += 299
    assert not breaker.admit()
    clock.now += 1
    assert (breaker.state, breaker.admit(), breaker.admit()) == (BreakerState.HALF_OPEN, True, False)
    breaker.succeeded()
    assert (breaker.state, breaker.admit()) == (BreakerState.CLOSED, True)


def test_failed_probe_opens_it_again_for_the_whole_time() -> None:
    """One failure of the probe is enough."""
    clock = Clock()
    breaker = opened(clock)
    clock.now += 300
    assert breaker.admit()
    breaker.failed()
    assert breaker.remaining_s() == 300
    assert not breaker.admit()


def test_abandoned_probe_gives_its_place_back() -> None:
    """A cancelled probe does not keep the host closed for ever."""
    clock = Clock()
    breaker = opened(clock)
    clock.now += 300
    assert breaker.admit()
    breaker.abandoned()
    assert breaker.admit()


def test_closing_forgets_the_failures() -> None:
    """After recovery it takes five new failures to open it."""
    clock = Clock()
    breaker = opened(clock)
    clock.now += 300
    assert breaker.admit()
    breaker.succeeded()
    breaker.failed()
    assert breaker.state is BreakerState.CLOSED
