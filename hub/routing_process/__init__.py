"""What only the routing process does: it holds the lease, decides in one place, and keeps time."""
