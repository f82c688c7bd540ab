"""Withdrawals as the portal has them."""
