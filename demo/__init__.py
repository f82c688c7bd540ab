"""The demonstration: one month of a made-up city's fund, on a PostgreSQL that it starts itself."""
