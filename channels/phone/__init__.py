"""Phone: calls as conferences at the provider, and what callers hear."""
