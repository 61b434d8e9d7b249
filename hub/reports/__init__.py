"""Figures: what the field's metrics mean here, each one a tested function or query."""
