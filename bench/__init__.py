"""Studies, which compare zero-shot NAS proxies fairly, and the command line."""
