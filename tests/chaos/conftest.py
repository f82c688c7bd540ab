"""The invariants are proven on the reconciler's own day."""

from tests.reconciler.conftest import deliver, pool, worker

__all__ = ["deliver", "pool", "worker"]
