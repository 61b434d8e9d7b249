"""The hub as staff and channels see it: snapshots, numbered events, work lists and explanations."""
