"""Calls that outlive a line: customers who have given theirs back."""
