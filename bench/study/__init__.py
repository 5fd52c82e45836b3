"""A study: its configuration, its folder, and its stages."""
