"""Callbacks: calls that go on after the customer has given the line back."""
