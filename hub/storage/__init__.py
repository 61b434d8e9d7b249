"""What is kept, and how it is kept safely: tables, writer, inbox, outbox, journal, lease, media, migrations."""
