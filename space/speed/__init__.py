"""Faster versions of what the rest of `space` does plainly. Nobody needs this folder to understand a space."""
