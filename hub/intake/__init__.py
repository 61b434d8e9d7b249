"""What the channels report: one function per notice, which ends in the router's input."""
