"""Changes to an organisation's people and their telephones, and the first content of a new database."""
