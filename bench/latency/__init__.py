"""Measure latency: of networks, and of the layers whose table predicts it."""
