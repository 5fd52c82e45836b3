"""What the formulas share: hooks, gradients, activation patterns, kernels and their spectra, initialisations."""
