"""An organisation's people and their telephones, tokens of programs, and the first content of a new database."""
