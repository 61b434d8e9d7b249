"""Scripts, which guide an agent through one interaction and are kept as text files. Begin with README.md."""
