import io
import re
import sys

import pytest
from zsbench.bench.progress import Watch, stage, watch
from zsbench.search import Counts


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.now, self.looks = 100.0, 0

    def __call__(self):
        self.looks += 1
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Search:
    """A made-up search: so many seconds an evaluation, half of its proposals evaluated, one in ten a duplicate."""

    def __init__(self, total, between=10.0):
        self.clock, self.counts, self.shown = Clock(), Counts(), []
        self.stored = 0
        self.watch = Watch(self.show, total, between, self.clock)

    def show(self, done, note, last):
        self.shown.append((done, note, last))

    def go(self, evaluations, seconds, stored=False, best=1.0):
        for _ in range(evaluations):
            self.clock.now += seconds
            self.counts.evaluations += 1
            self.counts.proposals += 2
            self.counts.duplicates += self.counts.evaluations % 10 == 0
            self.stored += stored
            self.watch.tick(self.counts, best, self.stored)


def test_a_search_tells_its_rate_best_acceptance_duplicates_and_remaining_time():
    search = Search(total=480_000)
    search.go(220_000, 1 / 20_000, best=123.456789)
    assert search.shown == [(200_000, "20,000/s, 14 s left, best 123.457, accepted 50 %, duplicates 20,000", False)]
    search.watch.end()
    assert search.shown[-1] == (220_000, "20,000/s, best 123.457, accepted 50 %, duplicates 22,000", True)


def test_what_is_not_shown_costs_one_look_at_the_clock():
    search = Search(total=100_000)
    before = search.clock.looks
    search.go(10_000, 1e-6)
    assert search.clock.looks - before == 10_000
    assert search.shown == []


@pytest.mark.parametrize(
    ("seconds", "left"), [(0.5, "2 min 00 s left"), (2, "8 min 00 s left"), (60, "4 h 00 min left")]
)
def test_the_remaining_time_is_that_of_the_recent_rate(seconds, left):
    search = Search(total=1000)
    search.go(500, 0.001)  # far faster than what follows, and forgotten after thirty points
    search.go(260, seconds)
    assert f"/s, {left}, best" in search.shown[-1][1]


def test_scores_read_from_the_store_do_not_promise_an_early_end():
    search = Search(total=20_000)
    search.go(16_000, 1 / 1000, stored=True)
    assert search.shown[-1][1] == "best 1, accepted 50 %, duplicates 1,000, 10,000 from the store"
    search.go(12, 1.0)
    note = search.shown[-1][1]
    rate, left = re.match(r"([\d.]+)/s, (.*) left, best .*, 16,000 from the store", note).groups()
    assert (rate, left) == ("1", "1 h 06 min")
    search.watch.end()
    assert search.shown[-1][1].startswith("1/s, ")


def test_a_search_without_a_score_says_so_by_leaving_it_out():
    search = Search(total=100)
    search.go(20, 1.0, best=None)
    assert search.shown[0][1] == "1/s, 1 min 30 s left, accepted 50 %, duplicates 1"


def test_lines_where_there_is_no_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with watch("search zen, seed 0", 3) as watched:
        for evaluations in range(1, 4):
            watched.tick(Counts(proposals=4, evaluations=evaluations, duplicates=1), -0.5)
    with stage("train", 5) as advance:
        advance()
        advance("last", steps=4)
    first, second = sys.stderr.getvalue().splitlines()
    assert re.fullmatch(
        r"search zen, seed 0: 3/3 in \d\.\d s, [\d,]+/s, best -0\.5, accepted 75 %, duplicates 1", first
    )
    assert re.fullmatch(r"train: 5/5 in \d\.\d s, last", second)


def test_a_bar_with_its_note_fits_a_terminal_of_80_columns(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    with watch("search incorporated_l, seed 0", 480_000) as watched:
        watched.tick(Counts(proposals=800_000, evaluations=480_000, duplicates=123_456), 1234.56789)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", sys.stderr.getvalue())
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    assert max(map(len, lines)) <= 80
    assert lines[-2].startswith("search incorporated_l, seed 0 ━")
    assert "480000/480000" in lines[-2]
    assert lines[-1].endswith("best 1234.57, accepted 60 %, duplicates 123,456")


def test_a_stage_that_fails_says_nothing_of_an_end(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(RuntimeError), stage("train", 5):
        raise RuntimeError
    assert sys.stderr.getvalue() == ""
