"""NAS-Bench-201: its cells, their networks and their costs."""
