"""TOML files that people write: every problem at once, with its key and line."""
