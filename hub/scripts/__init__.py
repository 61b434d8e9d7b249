"""The script for this customer: chosen with the offer, run while the interaction lasts."""
