"""Promises of services/portal/back_payments."""
