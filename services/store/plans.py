"""How PostgreSQL plans the statements of a batch: once, by the keys, whatever the batch and the statistics say.

A batch asks for thousands of rows by their keys, in tables that it or the batch before it has just filled, so that no
statistics know them. Planned anew each time, such a statement scans those tables whole, and sorts on the disk what an index
holds in order: once per batch, and so with the square of a statement's lines. The plan that does not look at the values
goes by the keys, which is right for one line and for ten thousand.
"""

from services.store.database import Connection


async def go_by_keys(connection: Connection) -> None:
    """Let the statements of this transaction be planned for any values, until it ends."""
    await connection.execute("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")
