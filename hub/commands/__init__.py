"""What agents and supervisors ask for: one function per command."""
