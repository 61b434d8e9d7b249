"""The direct way between the edges of a hub and its process that routes, on one machine."""
