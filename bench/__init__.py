"""Zero-shot NAS proxies compared fairly: studies and the command line."""
