"""Tests of the reconciler, stage by stage."""
