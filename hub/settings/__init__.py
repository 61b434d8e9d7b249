"""`config.toml` as frozen, validated settings; every problem is told with its key and line."""
