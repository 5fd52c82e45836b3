"""The largest numbers that settings may hold."""

MAX_INTEGER = 2**63 - 1  # what the store holds
MAX_SEED = 2**32 - 1  # what all generators accept
MAX_BATCH_PIXELS = 10**9  # of one batch of images: as floats, 12 GB
MAX_SIDE = 31_622  # pixels: the square of a larger one exceeds MAX_BATCH_PIXELS


def batch_problem(batch_size: int, resolution: int) -> str:
    """What is wrong with so many images of so many pixels a side; empty if nothing is."""
    if batch_size * resolution**2 <= MAX_BATCH_PIXELS:
        return ""
    return f"{batch_size} images of {resolution}×{resolution} pixels are more than the {MAX_BATCH_PIXELS:,} allowed"
