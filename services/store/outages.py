"""Errors that say the database is away or busy: the same work, tried again later, may succeed.

Anything else that PostgreSQL raises is about the statement itself and comes again each time.
"""

from typing import Final

import asyncpg

OUTAGES: Final[tuple[type[Exception], ...]] = (
    OSError,  # Refused, reset, and TimeoutError.
    asyncpg.InterfaceError,  # The connection was closed under a query.
    asyncpg.InternalClientError,  # The pool lent a connection while the server's good-bye was still on its way.
    asyncpg.PostgresConnectionError,  # Class 08.
    asyncpg.TransactionRollbackError,  # Class 40: deadlock, serialization.
    asyncpg.InsufficientResourcesError,  # Class 53: too many connections, disk full.
    asyncpg.OperatorInterventionError,  # Class 57: shutting down, starting up, cancelled.
    asyncpg.PostgresSystemError,  # Class 58: I/O error.
    asyncpg.ReadOnlySQLTransactionError,  # 25006: a standby that is not yet promoted.
    asyncpg.LockNotAvailableError,  # 55P03.
)
