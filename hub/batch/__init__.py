"""One batch while it is decided: what was looked up, the router, and the rows and events that follow."""
