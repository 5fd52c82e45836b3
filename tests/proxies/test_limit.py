import contextlib
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from zsbench.proxies import limit
from zsbench.proxies.limit import TimeLimitError, many_limits, time_limit


def wait(seconds: float) -> None:
    """Wait as work does: in short operations, between which a signal can be acted on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1e-4)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait for what a signal does."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(1e-3)


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
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with many_limits() if many else time_limit(None), time_limit(60):
            wait(0.02)
        assert not fired
        wait_for(lambda: fired)
        assert fired[0] - start >= 0.5
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with many_limits() if many else time_limit(None), time_limit(60):
            wait(0.2)
            assert len(fired) == 1
        wait_for(lambda: len(fired) == 2)  # what it missed in the block
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
        signal.setitimer(signal.ITIMER_REAL, 3600)
        for _ in range(100):
            with contextlib.suppress(TimeLimitError), time_limit(1e-6):
                wait(0.01)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] < 3600
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Slow:
    """A context manager that takes until a moment to enter or to leave."""

    def __init__(self, enters: float = 0, leaves: float = 0) -> None:
        self.done: list[str] = []
        self.enters, self.leaves = enters, leaves

    def __enter__(self) -> None:
        wait(self.enters - time.monotonic())
        self.done.append("entered")

    def __exit__(self, *_: object) -> None:
        wait(self.leaves - time.monotonic())
        self.done.append("left")


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("over", ["enters", "leaves"])
def test_a_context_manager_is_entered_and_left_whole(monkeypatch: pytest.MonkeyPatch, over: str, many: bool) -> None:
    monkeypatch.setattr(limit, "GRACE", 60)
    slow = Slow(**{over: time.monotonic() + 0.6})  # when the limit is over

    def enter_and_leave() -> None:
        with slow:
            pass
        wait(60)

    with many_limits() if many else time_limit(None), pytest.raises(TimeLimitError), time_limit(0.4):
        enter_and_leave()
    assert slow.done == ["entered", "left"]


def test_no_context_manager_stays_open_whenever_the_limit_strikes() -> None:
    counts = {"entered": 0, "left": 0}

    @contextlib.contextmanager
    def counted() -> Iterator[None]:
        counts["entered"] += 1
        try:
            yield
        finally:
            counts["left"] += 1

    for step in range(300):
        with contextlib.suppress(TimeLimitError), time_limit(1e-4 + step * 1e-6):
            while True:
                with counted():
                    pass
        assert counts["entered"] == counts["left"], step


def test_what_does_not_finish_is_interrupted_nevertheless(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        def __enter__(self) -> None:
            wait(60)

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(limit, "GRACE", 0.1)
    with pytest.raises(TimeLimitError), time_limit(0.05), Endless():
        pass


def test_an_error_that_was_swallowed_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def swallow() -> None:
        with contextlib.suppress(BaseException):
            wait(60)
        wait(60)

    monkeypatch.setattr(limit, "AGAIN", 0.1)
    with pytest.raises(TimeLimitError), time_limit(0.05):
        swallow()


def test_what_entered_the_block_does_not_hold_its_limit_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "GRACE", 60)

    class Around:
        def __enter__(self) -> None:
            with pytest.raises(TimeLimitError), time_limit(0.05):
                wait(60)

        def __exit__(self, *_: object) -> None:
            pass

    start = time.monotonic()
    with Around():
        assert time.monotonic() - start < limit.GRACE
