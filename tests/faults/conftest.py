"""The long tests use the hubs of the flows."""

from tests.flows.conftest import seeded

__all__ = ["seeded"]
