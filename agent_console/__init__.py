"""The wire types of desk and wallboard, their Socket.IO namespaces, and the web screens.

The hub fills the wire types and gives this room `may` and `submit`. This room decides nothing.
"""
