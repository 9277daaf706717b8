"""The set-based statements of trading, composed once from the pieces in sql/ and the ledger's door."""

from pathlib import Path

from apps.kernel.ledger import posting

_SQL = Path(__file__).parent / "sql"


def piece(name: str) -> str:
    """Return the text of sql/<name>.sql."""
    return (_SQL / f"{name}.sql").read_text()


def statement(*parts: str, result: str) -> str:
    """Return one statement of the given CTEs that ends in `result`."""
    return "WITH " + ",\n".join(part.strip() for part in parts) + "\n" + result


_COUNTED = """
    SELECT (SELECT coalesce(jsonb_object_agg(code, members), '{}') FROM
                (SELECT code, count(*) AS members FROM decisions GROUP BY code) AS counted),
           %s
"""
_FILLED = "(SELECT count(*) FROM fills), (SELECT count(*) FROM ledger_made)"

WITHOUT_JIT = "SET LOCAL jit = off"
"""Compiling the long statements took more than half of their time (docs/decisions/0121)."""

LOCK_SHARD = piece("lock")

DECIDE_AND_FILL = statement(
    piece("frame"), piece("decide"), piece("place_filled"), piece("settle"), posting.door(), piece("keep"),
    result=_COUNTED % _FILLED,
)  # fmt: skip
"""Decide for every member of a shard and fill what is to be executed, at the open that is known."""

DECIDE_AND_WAIT = statement(
    piece("frame"), piece("decide"), piece("place_waiting"), posting.hold_door(), result=_COUNTED % "0, 0"
)
"""Decide for every member of a shard and let the orders wait for the next open."""

FILL_WAITING = statement(
    piece("frame"), piece("waiting"), piece("settle"), posting.door(ends_holds=True), piece("keep"),
    result=f"SELECT '{{}}'::jsonb, {_FILLED}",
)  # fmt: skip
"""Fill the orders of a shard that waited for the open after their bar."""

CANCEL_ORDERS = statement(
    piece("cancel"), posting.release_door(),
    result="""
        SELECT cancelled.client_order_id, cancelled.account_id, cancelled.follow_id, account.user_id,
               execution.signal_id, execution.strategy, cancelled.symbol, cancelled.side,
               execution.correlation_id, execution.causation_id,
               execution.traceparent
        FROM cancelled
        JOIN trading_account AS account ON account.id = cancelled.account_id
        JOIN trading_execution AS execution ON execution.id = cancelled.execution_id
        ORDER BY cancelled.client_order_id
    """,
)  # fmt: skip
"""Cancel orders that are still open, give their cash back, and return what the events need."""

FOLLOW = statement(
    piece("follow"),
    result="""
        SELECT made.id, made.account_id, made.user_id
        FROM made JOIN wanted USING (account_id)
        ORDER BY wanted.place
    """,
)
"""Follow a roster with many accounts."""
