"""The policy: its document, its numbered versions, what is in force, and opening hours."""
