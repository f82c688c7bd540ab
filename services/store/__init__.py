"""PostgreSQL, shared by the services: one module per noun, plain SQL, the caller owns the transaction."""
