"""Tests of the statement reader."""
