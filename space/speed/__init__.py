"""Faster ways to do what the rest of `space` does plainly. Nobody needs this folder to understand a space."""
