"""Checks at every entrance: of input, of sockets, and of slow connections."""
