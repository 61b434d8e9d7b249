"""Web chat: the widget's socket, who writes there, and what strangers may do."""
