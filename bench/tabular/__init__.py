"""Accuracies that others measured: tables, and the files of tabular benchmarks."""
