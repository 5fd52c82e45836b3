"""The commands: where the function of each is, what `zsbench --help` says about it, and examples of its use.

They are named here as text, so that `zsbench --help` need not import them: most import PyTorch, which takes a second.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """A command. `function`: FILE:NAME in `commands`. `summary`: the first line of that function's docstring."""

    function: str
    summary: str
    examples: tuple[str, ...]


COMMANDS: dict[str, Entry] = {
    "run": Entry(
        "study:run",
        "Run a whole study: search, train, correlate, report.",
        (
            "zsbench run quick",
            "zsbench run quick --set search.evaluations=100 --set seeds=[0,1,2] --out runs/mine",
            "zsbench run cifar-small --data-root data --import my_proxy.py --workers 4",
        ),
    ),
    "search": Entry(
        "search:search",
        "Run one search and print its winner as one JSON line.",
        (
            "zsbench search --space resnet --proxy zen --params 1000000 --evaluations 300 --out runs/zen",
            "zsbench search --space nasbench201 --proxy naswot --evaluations 80 --strategy random --out runs/cells",
        ),
    ),
    "score": Entry(
        "score:score",
        "Score architectures, or networks of your own, by one or several proxies.",
        (
            "zsbench score --space nasbench201 --proxy zen,params --json < cells.txt",
            'zsbench score --space resnet --proxy my_score --import my_proxy.py "SuperConvK3BNRELU(3,8,1,1)"',
        ),
    ),
    "train": Entry(
        "train:train",
        "Train one architecture and print its accuracy row as one JSON line.",
        (
            'zsbench train "SuperConvK3BNRELU(3,8,1,1)" --data digits --recipe fast --out runs/one',
            'zsbench train "SuperConvK3BNRELU(3,8,1,1)" --data cifar10 --data-root data --download --recipe paper '
            "--out runs/one",
        ),
    ),
    "correlate": Entry(
        "correlate:correlate",
        "Compute the rank correlation of scores with known accuracies.",
        (
            "zsbench correlate --space nasbench201 --proxy zen,params --table accuracy.csv --samples 100",
            "zsbench correlate --space resnet --proxy my_score --import my_proxy.py --study runs/quick",
        ),
    ),
    "rank": Entry(
        "rank:rank",
        "Rank a proxy among all others on trained networks, by stored scores.",
        (
            "zsbench rank my_proxy.py",
            "zsbench rank naswot --on cifar-small --json",
            "zsbench rank my_proxy.py --table accuracy.csv --half-width 0.05 --out runs/verdict",
        ),
    ),
    "leaderboard": Entry(
        "leaderboard:leaderboard",
        "Write the leaderboard: every proxy on every table of trained networks.",
        ("zsbench leaderboard", "zsbench leaderboard --add my_score --import my_proxy.py"),
    ),
    "agreement": Entry(
        "agreement:agreement",
        "Compare training recipes: how far do they agree on which architecture is better?",
        ("zsbench agreement runs/short runs/long",),
    ),
    "export": Entry(
        "export:export",
        "Write a trained network to a file, for use elsewhere.",
        ("zsbench export runs/one/checkpoints/1f2e3d4c5b6a7980.pt --out network.onnx",),
    ),
    "convert": Entry(
        "convert:convert",
        "Convert the files of a tabular benchmark to a CSV of accuracies.",
        ("zsbench convert nats-bench NATS-tss-v1_0-3ffb9-simple --out accuracy.csv",),
    ),
    "make-table": Entry(
        "make_table:make_table",
        "Make a table of trained networks from the rows of a study.",
        ("zsbench make-table runs/mine --out bench/tabular/shipped/mine",),
    ),
    "report": Entry(
        "study:report",
        "Redraw the tables, figures and page of a study, and print the table.",
        ("zsbench report runs/quick", "zsbench report runs/quick --format tex"),
    ),
    "watch": Entry(
        "watch:watch",
        "Show how far a running study has come, until it is done.",
        ("zsbench watch runs/quick", "zsbench watch runs/quick --once"),
    ),
    "merge": Entry(
        "merge:merge",
        "Bring the rows of several machines' studies together, and write the report.",
        ("zsbench merge runs/all runs/machine-1 runs/machine-2",),
    ),
    "inspect": Entry(
        "inspect:inspect",
        "Show what an architecture costs: parameters, multiply-adds, layers, shapes.",
        (
            'zsbench inspect "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)" --resolution 32',
            'zsbench inspect "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)" --draw network.svg',
        ),
    ),
    "list": Entry(
        "listing:list_",
        "List proxies, spaces, data sets, recipes, presets or tables.",
        ("zsbench list proxies", "zsbench list recipes --json"),
    ),
    "check-proxy": Entry(
        "score:check_proxy",
        "Check that a proxy keeps the contract: reproducible, finite, uses only what it declares.",
        ("zsbench check-proxy my_score --import my_proxy.py",),
    ),
}
