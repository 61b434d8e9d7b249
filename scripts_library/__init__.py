"""Scripts: what guides an agent through one interaction, kept as text files. README.md is the way in."""
