"""NAS-Bench-201: cells, and the networks and costs that belong to them."""
