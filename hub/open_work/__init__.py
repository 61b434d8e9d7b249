"""Everything that is open right now, in the memory of the process that routes."""
