"""What staff and channels are told: snapshots, events by number, work lists and explanations."""
