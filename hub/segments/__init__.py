"""Segments of customers: their definitions, who is in them and since when, their figures."""
