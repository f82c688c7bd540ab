"""Tests of services/portal/comparing."""
