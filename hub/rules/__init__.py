"""Rules over what is known of customers: who is asked when, and the tiers and stages that follow."""
