"""What phone and SMS share: the account, requests to it, and the proof of its webhooks."""
