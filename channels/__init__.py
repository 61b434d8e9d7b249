"""Adapters: each channel on its provider's own protocol, behind one small Protocol (`channels.channel`).

An adapter turns what the provider says into notices and what the hub wants into provider requests. It knows
no customer, no queue and no agent; it imports nothing of the other rooms.
"""
