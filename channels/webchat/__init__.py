"""Web chat: the widget's socket, its customers' identities, and limits for strangers."""
