"""The long tests use the hubs of the flows."""

from tests.flows.conftest import nursery, seeded

__all__ = ["nursery", "seeded"]
