"""PostgreSQL, shared by the services: plain SQL in functions that take the connection first."""
