"""Where jobs run: in this process, in a pool of workers, on a Ray cluster or under SLURM."""
