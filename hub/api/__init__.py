"""The doors: sign-in, `may`, and every HTTP route of the hub's own."""
