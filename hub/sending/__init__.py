"""The gate before every text and call: it decides what may leave, to whom, and how much."""
