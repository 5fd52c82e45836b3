"""Whether numba can compile loops and run their threads on this machine."""

import multiprocessing
import sys
from functools import cache

import torch

# Processes that say why numba does not start: the main one and the first worker. Others would repeat it.
TELLING = ("MainProcess", "SpawnProcess-1")


_disabled = False


def disable_numba() -> None:
    """From now on, numba does not start in this process."""
    global _disabled
    _disabled = True


def numba_starts() -> bool:
    """Whether numba is there, compiles, and starts its threads. If it is there and does not, one line on stderr."""
    return not _disabled and _starts()


@cache
def _starts() -> bool:
    threads = torch.get_num_threads()
    try:
        import numba

        if numba.config.DISABLE_JIT:
            raise RuntimeError("NUMBA_DISABLE_JIT is set")
        numba.get_num_threads()  # starts them
    except ImportError as error:
        if error.name == "numba":  # it is optional
            return False
        return _tell(error)
    # Numba tells a bad setting, or a threading layer that is not there, by any of these.
    except (RuntimeError, ValueError, OSError, AttributeError, TypeError, SystemError) as error:
        return _tell(error)
    finally:
        if torch.get_num_threads() != threads:  # when numba starts its threads, it sets OpenMP's number for all
            torch.set_num_threads(threads)
    return True


def _tell(error: Exception) -> bool:
    """Say that scores do without numba; False."""
    if multiprocessing.current_process().name in TELLING:
        reason = " ".join(str(error).split())[:150]
        print(f"numba does not start ({reason}): scores are computed without it, more slowly", file=sys.stderr)
    return False
