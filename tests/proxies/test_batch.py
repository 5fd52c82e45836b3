"""Batches: balanced labels, images drawn by class, and sizes that a proxy's definition fixes."""

from collections import Counter

import pytest
import torch
from zsbench import proxies, space
from zsbench.proxies import registry
from zsbench.proxies.batch import draw_balanced_labels, make_generator

SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}


def source(labels: torch.Tensor, side: int = 16) -> proxies.ImageSource:
    """Images that show their number, with these labels."""
    images = torch.arange(float(len(labels)))[:, None, None, None].expand(-1, 3, side, side)
    return proxies.ImageSource("numbers", images, labels, torch.full((3,), 5.0), torch.full((3,), 2.0))


def numbers(images: torch.Tensor) -> list[int]:
    """Which images of `source` these are."""
    assert torch.equal(images, images[:, :1, :1, :1].expand_as(images))
    return (images[:, 0, 0, 0] * 2 + 5).long().tolist()


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tiny: space.Structure):
    """The batches that a proxy so declared is given."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))

    def score(images: proxies.ImageSource | None = None, seed: int = 0, **declared) -> list[proxies.Batch]:
        given = []
        proxies.proxy("probe", needs="labels", batches=2, **declared)(lambda _, batches: given.extend(batches) or 1.0)
        result = proxies.score("probe", tiny, images=images, seed=seed, **SMALL)
        assert result.status == "ok", result.reason
        return given

    return score


@pytest.mark.parametrize("num_classes", [1, 2, 3, 7, 10, 100])
def test_balanced_labels_are_as_even_as_can_be(num_classes: int) -> None:
    for size in (2, 3, 4, 5, 8, 20, 21, 64, 199, 200):
        labels = draw_balanced_labels(size, num_classes, make_generator(size))
        counts = Counter(labels.tolist())
        assert labels.shape == (size,)
        assert labels.dtype == torch.int64
        assert set(counts) <= set(range(num_classes))
        assert min(counts.values()) >= 2
        assert max(counts.values()) - min(counts.values()) <= 1
        # One class more, and some class would be alone.
        assert len(counts) == num_classes or 2 * (len(counts) + 1) > size


def test_one_image_has_one_label() -> None:
    assert draw_balanced_labels(1, 10, make_generator("one")).shape == (1,)


def test_classes_and_order_of_balanced_labels_are_drawn() -> None:
    drawn = [draw_balanced_labels(6, 10, make_generator(seed)).tolist() for seed in range(300)]
    assert drawn == [draw_balanced_labels(6, 10, make_generator(seed)).tolist() for seed in range(300)]
    # Every class is first, and last, about as often as another; nor do those of one class stand together.
    for place in (0, -1):
        counts = Counter(labels[place] for labels in drawn)
        assert len(counts) == 10
        assert all(count == pytest.approx(30, abs=5 * 30**0.5) for count in counts.values())
    assert 0.1 < sum(labels[0] == labels[1] for labels in drawn) / 300 < 0.3  # 1/5


@pytest.mark.parametrize("size", [2, 5, 8, 20, 37, 40])
def test_a_balanced_draw_has_distinct_images_of_balanced_labels(size: int) -> None:
    labels = torch.arange(50) % 10
    shuffled = labels[torch.randperm(50, generator=make_generator("shuffle"))]
    images, drawn = source(shuffled).draw(size, make_generator(size), balanced=True)
    chosen = numbers(images)
    assert len(set(chosen)) == len(chosen) == size
    assert torch.equal(shuffled[chosen], drawn)
    counts = Counter(drawn.tolist())
    assert len(counts) == min(10, size // 2)
    assert min(counts.values()) >= 2
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_balanced_draw_is_that_of_its_generator() -> None:
    numbered = source(torch.arange(240) % 10)
    first, again, other = (numbered.draw(10, make_generator(seed), balanced=True) for seed in (0, 0, 1))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])
    # Any image of a class may be the one.
    drawn = [numbers(numbered.draw(10, make_generator(seed), balanced=True)[0]) for seed in range(800)]
    assert len({number for chosen in drawn for number in chosen}) == 240


def test_too_few_images_of_a_class_are_an_error() -> None:
    lonely = source(torch.tensor([0, 0, 0, 0, 1]))
    with pytest.raises(ValueError, match="class 1 has 1 images, a balanced batch needs 2"):
        lonely.draw(4, make_generator(0), balanced=True)
    with pytest.raises(ValueError, match="batch size 6 exceeds the 5 images of 'numbers'"):
        lonely.draw(6, make_generator(0), balanced=True)
    assert len(lonely.draw(5, make_generator(0))[1]) == 5, "unless it is not to be balanced"


def test_a_proxy_is_given_the_balanced_batch_it_declares(seen) -> None:
    assert proxies.get("epe_nas").balanced
    images = source(torch.arange(240) % 10)
    for given in (None, images):
        first, second = seen(given, balanced=True)
        for batch in (first, second):
            assert sorted(Counter(batch.labels.tolist()).values()) == [2, 2, 2, 2]
            if given:
                assert torch.equal(images.labels[numbers(batch.images)], batch.labels)
        assert not torch.equal(first.images, second.images)
        for batch, again in zip((first, second), seen(given, balanced=True), strict=True):
            assert torch.equal(batch.images, again.images)
            assert torch.equal(batch.labels, again.labels)
        # Of those not declared balanced, some seed's are not.
        plain = [seen(given, seed=seed)[0].labels.tolist() for seed in range(5)]
        assert any(sorted(Counter(labels).values()) != [2, 2, 2, 2] for labels in plain)


def test_a_source_that_cannot_be_balanced_is_a_failed_score(tiny: space.Structure, seen) -> None:
    lonely = source(torch.tensor([0] * 19 + [1]))
    seen(lonely)
    proxies.proxy("probe_balanced", needs="labels", balanced=True)(lambda network, batch: 1.0)
    score = proxies.score("probe_balanced", tiny, images=lonely, **SMALL)
    assert (score.status, score.value) == ("error", None)
    assert score.reason == "ValueError: class 1 has 1 images, a balanced batch needs 4"


def test_a_fixed_batch_size_overrides_the_studys(seen) -> None:
    images = source(torch.arange(240) % 10)
    for given in (None, images):
        for batch in seen(given, batch_size=5):
            assert batch.images.shape == (5, 3, 16, 16)
            assert batch.labels.shape == (5,)
            assert batch.setting.batch_size == 5
    assert len(set(numbers(seen(images, batch_size=60)[0].images))) == 60


def test_a_fixed_resolution_overrides_the_studys_and_takes_noise(seen) -> None:
    images = source(torch.arange(240) % 10)
    for balanced in (False, True):
        without, given = (seen(which, resolution=4, balanced=balanced) for which in (None, images))
        for one, other in zip(without, given, strict=True):
            assert one.images.shape == (8, 3, 4, 4)
            assert one.setting.resolution == 4
            assert torch.equal(one.images, other.images), "noise, images given or not"
            assert torch.equal(one.labels, other.labels)
    # Even where the images happen to be of that resolution.
    assert torch.equal(seen(None, resolution=16)[0].images, seen(images, resolution=16)[0].images)
    assert not torch.equal(seen(None)[0].images, seen(images)[0].images)


def test_what_is_fixed_is_told_to_proxies_of_the_architecture(tiny: space.Structure, seen) -> None:
    settings = []
    declared = {"needs": "architecture", "batch_size": 5, "resolution": 4}
    proxies.proxy("probe_setting", **declared)(lambda _, setting: settings.append(setting) or 1.0)
    assert proxies.score("probe_setting", tiny, **SMALL).status == "ok"
    assert (settings[0].batch_size, settings[0].resolution, settings[0].num_classes) == (5, 4, 10)


@pytest.mark.parametrize("field", ["batch_size", "resolution"])
def test_what_is_fixed_is_at_least_one(field: str) -> None:
    with pytest.raises(ValueError, match=f"proxy 'probe': {field} must be at least 1, got 0"):
        proxies.proxy("probe", **{field: 0})
