"""Latency, measured: the clock, and the tables that it is predicted from."""
