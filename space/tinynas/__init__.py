"""Winners of TinyNAS: read from its files, costed and built. They are a collection: no search goes through them."""
