"""The functional core: who waits, in what order, and which agent is offered what.

Pure, synchronous, deterministic. No asyncio, no clock, no logging, no I/O: time and randomness are
arguments, facts come in as `routing.inputs`, decisions go out as `routing.effects`.
"""
