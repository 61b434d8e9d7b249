"""Email: it comes and goes by SMTP, with any mail host. Processes of their own read it."""
