"""Access of staff: signing in, sessions, and the grounds on which a person may read a customer's data."""
