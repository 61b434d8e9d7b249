"""The work of the routing process alone: it holds the lease, decides in one place, and watches deadlines."""
