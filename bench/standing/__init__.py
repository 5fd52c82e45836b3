"""Where a proxy stands: its scores of a table's networks, streamed, and the verdict on them."""
