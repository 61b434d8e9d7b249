"""What staff see: the wire types of desk and wallboard, their Socket.IO namespaces, and the web screens.

The hub fills the wire types and hands this room `may` and `submit`; this room decides nothing.
"""
