"""What is changed about an organisation's people and their telephones, and what a new database is given."""
