"""Customers: what is known of them, the rules that are asked about them, and what follows from the answers."""
