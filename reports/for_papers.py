"""What of a report goes into a paper: texts to be included or pasted, and figures as wide as a column."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes

from ..results import Comparison, Store
from .bibliography import bibliography
from .figures import plot_accuracies, plot_correlations, plot_ladder
from .full_table import latex
from .methods import methods_latex, methods_markdown
from .paper_table import paper
from .text import file_stem


def paper_texts(store: Store, comparison: Comparison) -> dict[str, str]:
    """The texts by the names of their files; `comparison` with its references."""
    return {
        "table.tex": latex(comparison),
        "table_paper.tex": paper(comparison),
        "refs.bib": bibliography(store.proxies()["proxy"]),
        "methods.tex": methods_latex(store),
        "methods.md": methods_markdown(store),
    }


def paper_figures(
    comparison: Comparison, correlations: pd.DataFrame, noise: pd.DataFrame
) -> Iterator[tuple[str, Axes]]:
    """The figures that the frames allow, each with its file's name less the suffix."""
    if correlations["tau"].notna().any():
        yield "paper_correlations", plot_correlations(correlations, noise=noise)
    for name in comparison.datasets:
        stem = file_stem(name)
        reached = comparison.accuracies[comparison.accuracies["dataset"] == name]
        if reached["mean"].notna().any():
            yield f"paper_accuracies_{stem}", plot_accuracies(reached)
        here = correlations[correlations["dataset"] == name]
        if here["tau_within_deciles"].notna().any():
            yield f"paper_ladder_{stem}", plot_ladder(here)
