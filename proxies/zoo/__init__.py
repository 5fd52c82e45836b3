"""The built-in proxies: one formula in each file, and nothing else. Importing a file registers its proxy."""
