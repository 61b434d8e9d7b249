"""HTTP: sign-in, and every route of the hub's own, each with the action that a person must be allowed."""
