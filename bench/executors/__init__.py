"""Executors: where jobs run. In this process, in a pool of workers, on a Ray cluster or under SLURM."""
