"""What may leave, to whom, and how much of it: the gate before every text and call."""
