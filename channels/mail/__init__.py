"""Mail: over the mail protocols of any host, read in a process of its own."""
