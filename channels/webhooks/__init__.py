"""Webhooks: other systems that scripts ask by name, over HTTPS, signed, within bounds of time, size and network."""
