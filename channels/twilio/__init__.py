"""What phone and SMS share: the account, the REST client, and the door for webhooks."""
