"""Studies: their configuration, folder and stages."""
