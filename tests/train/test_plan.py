"""A plan refuses what cannot be trained, and says which epochs are evaluated."""

import pytest
from zsbench import space, train

NET = space.parse("SuperConvK3BNRELU(3,8,2,1)SuperConvK1BNRELU(8,32,1,1)")


def plan(**settings: object) -> train.TrainingPlan:
    data = train.load("digits", train_limit=100)
    return train.TrainingPlan(NET, data, train.recipe("fast"), **settings)  # type: ignore[arg-type]


def test_the_recipe_gives_the_epochs_unless_the_plan_does() -> None:
    assert (plan().epoch_count, plan(epochs=3).epoch_count) == (10, 3)


def test_the_last_epoch_is_always_evaluated() -> None:
    assert [epoch for epoch in range(1, 6) if plan(epochs=5).evaluates(epoch)] == [5]
    assert [epoch for epoch in range(1, 6) if plan(epochs=5, evaluate_every=2).evaluates(epoch)] == [2, 4, 5]


def test_settings_out_of_range_and_unknown_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown precision 'half'; choose one of: auto, float32, bfloat16"):
        plan(precision="half")
    with pytest.raises(TypeError, match="compiled"):
        train.train(NET, train.load("digits"), train.recipe("fast"), compiled=True)


def test_neither_device_nor_compilation_decides_which_training_it_is() -> None:
    assert plan(compile=True, evaluate_every=1).fingerprint == plan().fingerprint
    assert plan(seed=1).fingerprint != plan().fingerprint
