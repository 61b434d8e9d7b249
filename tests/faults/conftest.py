"""The long tests use the hubs of the flows."""

from tests.flows.conftest import process_starter, seeded

__all__ = ["process_starter", "seeded"]
