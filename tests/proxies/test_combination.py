"""Combinations: proxies that are made of the values of others."""

import pickle

import pytest
import torch
from zsbench import proxies, space
from zsbench.proxies import registry

SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))


@pytest.fixture
def parts() -> tuple[str, str]:
    """Two proxies that draw random numbers, and of one of which the lower values are the better."""

    @proxies.proxy("response", init="gaussian", residual=False)
    def response(network, batch):
        return network(batch.images).abs().mean().item()

    @proxies.proxy("noise_norm", needs="network", higher_is_better=False)
    def noise_norm(network, batch):
        return 1 + torch.rand(()).item()

    return "response", "noise_norm"


def value(name: str, architecture: space.Structure, **more) -> float:
    score = proxies.score(name, architecture, **SMALL, **more)
    assert score.status == "ok", score.reason
    return score.value


@pytest.mark.parametrize("protocol", proxies.PROTOCOLS)
@pytest.mark.parametrize("weights", [None, (2.0, 0.5), (-1.0, 0.0)])
def test_a_weighted_sum_is_that_of_the_separate_scores(
    tiny: space.Structure, parts: tuple[str, str], weights: tuple[float, float] | None, protocol: str
) -> None:
    proxies.combine("both", parts, "weighted_sum", weights)
    one, other = weights or (1.0, 1.0)
    for seed in (0, 1):
        given = {"seed": seed, "protocol": protocol}
        response, noise_norm = (value(part, tiny, **given) for part in parts)
        assert noise_norm > 0
        assert value("both", tiny, **given) == pytest.approx(one * response - other * noise_norm, rel=1e-12)


def test_the_parts_of_a_combination_may_be_combinations(tiny: space.Structure, parts: tuple[str, str]) -> None:
    proxies.combine("both", parts, "weighted_sum", (2.0, 1.0))
    proxies.combine("three", ("both", "params"), "weighted_sum", (1.0, 3.0))
    expected = value("both", tiny) + 3 * value("params", tiny)
    assert value("three", tiny) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("how", ["rank_sum", "log_rank_sum"])
def test_ranks_are_of_the_parts_values(tiny: space.Structure, parts: tuple[str, str], how: str) -> None:
    proxies.combine("both", parts, how)
    score = proxies.score("both", tiny, **SMALL)
    assert (score.status, score.value) == ("ok", None)
    assert score.components == (value(parts[0], tiny), -value(parts[1], tiny))
    assert proxies.get("both").relative == how


def test_ranks_are_the_default(parts: tuple[str, str]) -> None:
    proxies.combine("both", parts)
    assert proxies.get("both").relative == "rank_sum"


@pytest.mark.parametrize("how", ["rank_sum", "weighted_sum"])
@pytest.mark.parametrize(
    ("returned", "status", "reason"),
    [
        (float("nan"), "nan", "bad: the proxy returned NaN"),
        (-float("inf"), "inf", "bad: the proxy returned -inf"),
        (RuntimeError("two\nlines"), "error", "RuntimeError: two lines"),
        ("text", "error", "TypeError: the proxy returned str, not a number"),
    ],
)
def test_the_status_and_reason_of_a_part_go_through(
    tiny: space.Structure, returned: object, status: str, reason: str, how: str
) -> None:
    def bad(network, batch):
        if isinstance(returned, Exception):
            raise returned
        return returned

    proxies.proxy("bad")(bad)
    proxies.combine("both", ("params", "bad"), how)
    score = proxies.score("both", tiny, **SMALL)
    assert (score.value, score.components, score.status) == (None, None, status)
    assert score.reason.endswith(reason)


def test_an_infinite_part_is_not_weighted_away(tiny: space.Structure) -> None:
    proxies.proxy("bad")(lambda network, batch: float("inf"))
    proxies.combine("both", ("params", "bad"), "weighted_sum", (1.0, 0.0))
    assert proxies.score("both", tiny, **SMALL).status == "inf"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parts": ("params", "parms")}, "unknown proxy 'parms'; there are: .*params"),
        ({"parts": ("params", "te_nas")}, "proxy 'both': part 'te_nas' is relative"),
        ({"parts": ("params", "te_nas"), "how": "weighted_sum"}, "proxy 'both': part 'te_nas' is relative"),
        ({"parts": ("params",)}, "combination 'both': name two proxies or more"),
        ({"parts": ()}, "combination 'both': name two proxies or more"),
        ({"parts": ("params", "flops"), "how": "product"}, "how must be one of rank_sum, .*, got 'product'"),
        ({"parts": ("params", "flops"), "weights": (1.0, 1.0)}, "combination 'both': ranks have no weights"),
        ({"parts": ("params", "flops"), "weights": (1.0, 1.0), "how": "log_rank_sum"}, "ranks have no weights"),
        (
            {"parts": ("params", "flops"), "weights": (1.0,), "how": "weighted_sum"},
            r"needs 2 finite weights, got \[1\.0\]",
        ),
        ({"parts": ("params", "flops"), "weights": (1.0, float("nan")), "how": "weighted_sum"}, "finite weights"),
        ({"parts": ("params", "both"), "how": "weighted_sum"}, "both"),
        ({"parts": ("params", "flops"), "weights": (), "how": "weighted_sum"}, r"needs 2 finite weights, got \[\]"),
        ({"parts": ("params", "flops"), "name": "Both"}, "use lower-case letters"),
    ],
)
def test_a_bad_combination_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        proxies.combine(**{"name": "both", **arguments})
    assert "both" not in proxies.names()


def test_a_combination_can_be_sent_to_workers(tiny: space.Structure) -> None:
    proxies.combine("summed", ("params", "flops"), "weighted_sum", (2.0, 3.0))
    proxies.combine("ranked", ("params", "flops"))
    for name in ("summed", "ranked"):
        sent = pickle.loads(pickle.dumps(proxies.get(name)))
        assert sent.parts == ("params", "flops")
        assert sent.function((5.0, 7.0)) == (31.0 if name == "summed" else (5.0, 7.0))
        assert sent.description == proxies.get(name).description


def test_a_combination_says_what_it_is(parts: tuple[str, str]) -> None:
    proxies.combine("summed", ("params", "flops"), "weighted_sum", (2.0, 0.5))
    assert proxies.get("summed").summary.startswith("2·params + 0.5·flops")
    proxies.combine("ranked", ("params", "flops"))
    assert "params, flops" in proxies.get("ranked").summary
    proxies.combine("drawn", ("params", parts[0]))
    assert [proxies.get(name).deterministic for name in ("summed", "ranked", "drawn")] == [True, True, False]


def test_a_combination_may_be_declared_again_but_takes_no_others_name(tiny: space.Structure) -> None:
    for _ in range(2):
        proxies.combine("both", ("params", "flops"), "weighted_sum", (2.0, 0.0))
        assert value("both", tiny) == 2 * value("params", tiny)
    for other in ({"weights": (1.0, 0.0)}, {"parts": ("params", "depth")}, {"how": "rank_sum", "weights": None}):
        same = {"parts": ("params", "flops"), "how": "weighted_sum", "weights": (2.0, 0.0)}
        with pytest.raises(ValueError, match="combination 'both' is already declared with other parts or weights"):
            proxies.combine("both", **{**same, **other})
    kept = proxies.get("zen")
    for how in ("rank_sum", "weighted_sum"):
        with pytest.raises(ValueError, match="proxy 'zen' is registered already"):
            proxies.combine("zen", ("params", "flops"), how)
    assert proxies.get("zen") is kept
    with pytest.raises(ValueError, match="proxy 'both' is registered already"):
        proxies.proxy("both")(lambda network, batch: 1.0)
