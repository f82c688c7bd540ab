"""Tests of services/portal/amounts."""
