"""A made-up but realistic study in a store, for the tests of results and reports."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from zsbench.results import Store

# proxy: (higher is better, Spearman-like strength, score from a standard normal)
PROXIES = {
    "zen": (True, 0.75, lambda z: 60 + 12 * z),
    "entropy": (True, 0.8, lambda z: 410 + 55 * z),
    "incorporated_l": (True, 0.85, lambda z: 28 + 4 * z),
    "incorporated_s": (True, 0.8, lambda z: 9 + z),
    "incorporated_raw": (True, 0.7, lambda z: 1.3e9 * np.exp(1.5 * z)),
    "flops": (True, 0.5, lambda z: 1e7 * np.exp(0.7 * z)),
    "params": (True, 0.45, lambda z: 4e5 * np.exp(0.5 * z)),
    "grad_norm_zen": (True, 0.1, lambda z: 1e3 * np.exp(3 * z)),
    "synflow_zen": (True, 0.4, lambda z: -np.exp(14 - 3 * z)),
    "te_nas_zen": (False, 0.3, lambda z: 40 - 15 * z),
    "naswot_zen": (True, 0.6, lambda z: 340.12 + 0.01 * z),
    "random": (True, 0.0, lambda z: 0.5 + 0.2 * np.tanh(z)),
}
RELATIVE = "az_nas"
NOISY = {"grad_norm_zen", "random"}  # of which another seed gives another score
BROKEN = "my_broken_proxy_with_a_long_name"
CONTEXT = {"protocol": "published", "space": "resnet"}
SHAPE = {"resolution": 32, "batch_size": 64, "num_classes": 10, "data": "noise", "device": "cpu"}
SCHEDULE = {"resolution": 32, "train_images": 50_000, "recipe": "standard", "epochs": 20, "source": "trained"}


def structure(number: int) -> str:
    """A text that looks like an architecture, another for every number."""
    width = 8 * (1 + number % 16)
    return f"SuperConvK3BNRELU(3,{width},1,1)SuperResK3K3({width},{number},2,{width},{1 + number % 5})"


def blocks(number: int) -> list[dict]:
    """The super-blocks of `structure(number)`, as a search keeps them of its winner."""
    width = 8 * (1 + number % 16)
    stem = {"kind": "SuperConvK3BNRELU", "in_channels": 3, "out_channels": width, "stride": 1, "bottleneck": 0}
    body = {"kind": "SuperResK3K3", "in_channels": width, "out_channels": number, "stride": 2, "bottleneck": width}
    return [{**stem, "layers": 1, "side": 32}, {**body, "layers": 1 + number % 5, "side": 16}]


def build(
    path: Path,
    proxies: Sequence[str] = tuple(PROXIES),
    datasets: Sequence[str] = ("cifar10", "cifar100"),
    samples: int = 40,
    seeds: int = 2,
    broken: bool = False,
    relative: bool = False,
    again: Sequence[int] = (),
    best: bool = False,
    strategies: Sequence[str] = ("evolution",),
    replicates: int = 0,
    leaders: bool = False,
) -> Store:
    """A store at `path` with a finished study over `proxies`.

    `broken` adds a proxy whose every score is an error, `relative` one with three components; `again` are more seeds
    under which the sample is scored; `best` gives the data sets a best accuracy, as a tabular benchmark does; every
    proxy of `proxies` is searched by each of `strategies`; `replicates` of the sample are trained under two more seeds;
    `leaders` trains every architecture that led a search, as a tabular benchmark does.
    """
    rng = np.random.default_rng(7)
    store = Store(path)
    store.add_proxies(
        {"proxy": name, "higher_is_better": PROXIES.get(name, (True,))[0], "deterministic": True, "summary": name}
        for name in proxies
    )
    quality = rng.normal(size=samples)
    params = (3e5 * np.exp(0.5 * quality + 0.4 * rng.normal(size=samples))).astype(int)
    for number in range(samples):
        cost = {"params": params[number], "macs": 30 * int(params[number])}
        store.add_samples([{"architecture": structure(number), "stratum": "random", "seed": 0, **cost, "layers": 12}])
        train(store, structure(number), quality[number], rng, datasets, cost, seeds=1)
    for name in proxies:
        _, strength, scale = PROXIES.get(name, (True, 0.5, lambda z: z))
        latent = strength * quality + np.sqrt(1 - strength**2) * rng.normal(size=samples)
        values = params if name == "params" else scale(latent)
        store.add_scores(
            score_row(name, structure(number), float(values[number]), params[number]) for number in range(samples)
        )
        for place, strategy in enumerate(strategies):
            for seed in range(seeds):
                search(store, name, scale, strength, seed, rng, datasets, strategy, place)
    if relative:
        add_relative(store, quality, params, seeds, datasets, rng)
    for seed in again:
        score_again(store, seed, rng)
    if broken:
        add_broken(store, samples, seeds)
    for number in range(replicates):
        cost = {"params": params[number], "macs": 30 * int(params[number])}
        train(store, structure(number), quality[number], rng, datasets, cost, seeds=[1, 2])
    if leaders:
        train_leaders(store, rng, datasets)
    if best:
        store.set_settings({f"best.{dataset}": 81.25 if dataset == "cifar100" else 99.5 for dataset in datasets})
    store.set_settings(
        {
            "name": "synthetic",
            "budget": "1M params, 1000 evaluations",
            "recipe": "standard, 20 epochs",
            "wall_seconds": 5321.5,
            "environment.torch": "2.9.1",
            "environment.device": "cpu",
        }
    )
    return store


def score_row(proxy: str, architecture: str, value: float | None, params: int, seed: int = 0, **more: object) -> dict:
    base = {"proxy": proxy, "architecture": architecture, "seed": seed, "value": value, "status": "ok", "seconds": 0.2}
    return {**base, "params": params, "macs": 30 * int(params), "layers": 12, **CONTEXT, **SHAPE, **more}


def train(store, architecture, quality, rng, datasets, cost, seeds) -> None:
    for dataset in datasets:
        top, spread = (72.0, 6.0) if dataset == "cifar100" else (93.0, 2.5)
        for seed in range(seeds) if isinstance(seeds, int) else seeds:
            accuracy = float(top + spread * np.tanh(quality) + 0.3 * rng.normal())
            row = {"architecture": architecture, "dataset": dataset, "seed": seed, "accuracy": accuracy, **SCHEDULE}
            epochs = [{"epoch": epoch, "loss": 2 / (1 + epoch), "accuracy": accuracy} for epoch in range(2)]
            store.add_training({**row, "status": "ok", "seconds": 60.0, **cost, "device": "cpu"}, epochs)


def search(store, name, scale, strength, seed, rng, datasets, strategy, place) -> None:
    number = 1000 + 100 * seed + sorted(PROXIES).index(name) if name in PROXIES else 5000 + seed
    number += 10_000 * place
    winner = structure(number)
    cost = {"params": int(9.0e5 + 9e4 * rng.random()), "macs": int(5e7 * (1 + rng.random()))}
    steps = np.sort(rng.choice(np.arange(2, 1000), size=25, replace=False))
    latent = np.concatenate([[-1.0], -1 + np.sort(3.5 * rng.beta(2, 1, size=25))])
    seconds = 320.0 + 5 * seed  # of all thousand evaluations
    curve = [
        {"evaluation": int(step), "value": float(scale(z)), "architecture": structure(20_000 + 1000 * seed + int(step)),
         "seconds": float(step * seconds / 1000)}
        for step, z in zip([1, *steps], latent, strict=True)
    ]  # fmt: skip
    curve[-1]["architecture"] = winner
    row = {"proxy": name, **CONTEXT, "strategy": strategy, "seed": seed, "status": "done", "winner": winner}
    counts = {"evaluations": 1000, "proposals": 1400, "duplicates": 50, "rejected": {"params": 300, "depth": 50}}
    more = {"statuses": {"ok": 1000}, "population": 256, "lag": 1, "seconds": seconds, "device": "cpu", "score_seed": 0}
    store.add_search(
        {**row, **counts, **more, **cost, "layers": 18, "value": curve[-1]["value"], "blocks": blocks(number)}, curve
    )
    train(store, winner, 0.4 + 1.2 * strength + 0.1 * rng.normal(), rng, datasets, cost, seeds=1)


def add_broken(store: Store, samples: int, seeds: int) -> None:
    store.add_proxies([{"proxy": BROKEN, "higher_is_better": True, "deterministic": True, "summary": "raises"}])
    reason = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x32 and 16x10)"
    store.add_scores(
        score_row(BROKEN, structure(number), None, 1000, status="error", reason=reason) for number in range(samples)
    )
    for seed in range(seeds):
        row = {"proxy": BROKEN, **CONTEXT, "strategy": "evolution", "seed": seed, "status": "exhausted"}
        counts = {"evaluations": 150, "proposals": 160, "duplicates": 0, "rejected": {"params": 10}}
        reason = "no candidate got a score in 150 evaluations"
        store.add_search({**row, **counts, "statuses": {"error": 150}, "reason": reason, "seconds": 12.0})


def add_relative(store, quality, params, seeds, datasets, rng) -> None:
    store.add_proxies([{"proxy": RELATIVE, "higher_is_better": True, "deterministic": False, "relative": "rank_sum"}])
    for number, z in enumerate(quality):
        components = [float(0.7 * z + rng.normal()), 3.0, -float("inf") if number == 0 else float(z)]
        row = score_row(RELATIVE, structure(number), None, params[number], components=components, seconds=0.7)
        store.add_scores([row])
    for seed in range(seeds):
        row = {"proxy": RELATIVE, **CONTEXT, "strategy": "evolution", "seed": seed, "status": "done", "score_seed": 0}
        cost = {"params": 950_000, "macs": 60_000_000}
        # As the search left it: the first knew no value outside its population, the second stored one.
        more = {"winner": structure(900 + seed), "value": None if seed == 0 else 42.0, "evaluations": 1000, **cost}
        store.add_search({**row, **more, "seconds": 800.0})
        train(store, structure(900 + seed), 1.0, rng, datasets, cost, seeds=1)


def train_leaders(store, rng, datasets) -> None:
    """Train all that led a search but the winners: the later, the better, by as much as the proxy is good."""
    curves = store.curves()
    leaders = curves[~curves["architecture"].isin(store.trainings()["architecture"])]
    for row in leaders.drop_duplicates("architecture").to_dict("records"):
        strength = PROXIES.get(row["proxy"], (True, 0.5))[1]
        quality = 1.2 * strength * np.log10(row["evaluation"]) / 2 - 0.6 + 0.2 * rng.normal()
        train(store, row["architecture"], quality, rng, datasets, {"params": 500_000, "macs": 20_000_000}, seeds=1)


def score_again(store, seed, rng) -> None:
    """Score the sample under another seed: the same values, but of noisy proxies and the relative one."""
    for row in store.sample_scores().to_dict("records"):
        value, components = row["value"], row["components"]
        if row["proxy"] in NOISY:
            value *= float(np.exp(0.3 * rng.normal()))
        if components:
            components = [part + 0.2 * float(rng.normal()) for part in json.loads(components)]
        store.add_score({**row, "seed": seed, "value": value, "components": components})
