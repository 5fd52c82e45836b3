"""Rank one proxy on a table of trained networks: score the networks one by one, then give a verdict."""
