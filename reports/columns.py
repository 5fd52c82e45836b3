"""What the columns of a comparison frame say of its data sets."""

import pandas as pd


def datasets(frame: pd.DataFrame) -> list[str]:
    """Data sets of a comparison frame."""
    return [column.removesuffix("_mean") for column in frame.columns if column.endswith("_mean")]


def with_any(frame: pd.DataFrame, part: str) -> set[str]:
    """Data sets for which a row has a published accuracy, or a regret."""
    return {name for name in datasets(frame) if frame[f"{name}_{part}"].notna().any()}
