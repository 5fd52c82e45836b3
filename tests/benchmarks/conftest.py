"""After the benchmarks' own tables: ours against naive, a line each."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    """Print what `in_turn` measured: the fastest round of each."""
    session = getattr(config, "_benchmarksession", None)
    rows = [one for one in getattr(session, "benchmarks", []) if "naive" in one.extra_info]
    if not rows:
        return
    terminalreporter.section("naive against ours, fastest of the rounds")
    terminalreporter.write_line(f"{'':<28}{'naive, s':>10}{'ours, s':>10}{'ratio':>8}")
    for row in rows:
        name, ours, others = row.params["name"] if row.params else row.name, row.stats.min, row.extra_info
        line = f"{name:<28}{others['naive']:>10.3f}{ours:>10.3f}{others['naive'] / ours:>7.1f}×"
        if "bound" in others:
            line += f"   convolutions alone {others['bound']:.3f} s, {others['bound'] / ours:.0%} of ours"
        terminalreporter.write_line(line)
