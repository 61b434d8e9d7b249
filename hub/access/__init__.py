"""Who is let in and what they may see: signing in, sessions, and on which ground a customer's data is read."""
