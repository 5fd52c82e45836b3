import contextlib
import signal
import time

import pytest
from zsbench.proxies.limit import TimeLimitError, many_limits, time_limit


def wait(seconds: float) -> None:
    """Work, in operations between which a signal can be acted on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


@pytest.mark.parametrize("many", [False, True])
def test_a_block_ends_soon_after_its_limit_and_the_next_has_its_own(many: bool) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with many_limits() if many else time_limit(None):
        with pytest.raises(TimeLimitError), time_limit(0.05):
            wait(60)
        with time_limit(30):
            wait(0.3)  # longer than the limit before it
        with pytest.raises(TimeLimitError), time_limit(0.05):
            wait(60)
        wait(0.3)  # no limit is left over
    wait(0.2)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_many_limits_within_many_limits_are_one() -> None:
    with many_limits():
        with many_limits():
            pass
        with pytest.raises(TimeLimitError), time_limit(0.05):
            wait(60)


@pytest.mark.parametrize("many", [False, True])
def test_another_timer_goes_on_after_the_block(many: bool) -> None:
    fired = []
    before = signal.signal(signal.SIGALRM, lambda *_: fired.append(time.monotonic()))
    try:
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with many_limits() if many else time_limit(None), time_limit(60):
            wait(0.1)
        assert not fired
        wait(0.5)
        assert len(fired) == 1
        assert fired[0] - start >= 0.3
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with many_limits() if many else time_limit(None), time_limit(60):
            wait(0.2)
        wait(0.1)
        assert len(fired) == 2  # what it missed in the block
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_limit_around_a_limit_still_ends_its_block() -> None:
    def work() -> None:
        with time_limit(60):
            wait(0.2)
        wait(60)

    with pytest.raises(TimeLimitError), time_limit(0.1):
        work()


def test_a_limit_that_is_over_at_once_leaves_the_timer_before_it() -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        signal.setitimer(signal.ITIMER_REAL, 60)
        for _ in range(100):
            with contextlib.suppress(TimeLimitError), time_limit(1e-6):
                wait(0.01)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
        assert 50 < signal.getitimer(signal.ITIMER_REAL)[0] < 60
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
