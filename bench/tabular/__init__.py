"""Accuracies that others measured: tables, and the official files of tabular benchmarks."""
