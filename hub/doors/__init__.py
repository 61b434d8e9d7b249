"""Checks at every entrance: of input, of sockets, and of slow connections; and how the door is closed."""
