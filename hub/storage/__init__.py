"""All stored data, and its safety: tables, writer, inbox, outbox, journal, lease, media, migrations."""
