"""Every table of the house. Times are seconds since 1970 (UTC), money is exact: integers of 1e-10 US dollars."""

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

TICKS_PER_USD = 10**10


class Usd(TypeDecorator[Decimal]):
    """A Decimal of US dollars, kept as a whole number of 1e-10 dollars so that sums in SQL are exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        return None if value is None else int((value * TICKS_PER_USD).to_integral_value())

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / TICKS_PER_USD


metadata = MetaData()
ID = String(36)
Json = JSON(none_as_null=True)

ALIVE = ("prepared", "sent", "accepted")

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

owners = Table(
    "owners",
    metadata,
    Column("id", ID, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("host", String(255), nullable=False),
    Column("started_at", Double, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("cancel", String(12)),
    Column("progress", Double),
    Column("vendor", String(32), nullable=False),
    Column("model", String(200), nullable=False),
    Column("wire_model", String(200), nullable=False),
    Column("asked", String(200)),
    Column("request", Json, nullable=False),
    Column("notes", Json, nullable=False),
    Column("quote", Json),
    Column("cost", Json),
    Column("error", Json),
    Column("store", Boolean, nullable=False),
    Column("group_id", ID),
    Column("parent_id", ID),
    Column("session_id", String(200)),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("ended_at", Double),
    Column("deadline_at", Double),
    Column("revision", Integer, nullable=False),
    Index("jobs_of_customer", "customer_id", "id"),
    Index("jobs_of_group", "group_id"),
)

slots = Table(
    "slots",
    metadata,
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(12)),  # null while open, then succeeded failed cancelled uncertain
    Column("asset_id", ID, nullable=False),  # fixed before anything is sent, so that a crash finds the bytes again
    Column("call_id", ID, nullable=False),
    Column("error", Json),
)

calls = Table(
    "calls",
    metadata,
    Column("id", ID, primary_key=True),
    Column("job_id", ID, ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("customer_id", BigInteger, nullable=False),
    Column("vendor", String(32), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("slots", Json, nullable=False),
    Column("state", String(12), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("owner", ID),
    Column("epoch", Integer, nullable=False),
    Column("nonce", ID),
    Column("ref", Json),
    Column("result", Json),
    Column("quote_usd", Usd),
    Column("cost_usd", Usd),
    Column("cost_basis", String(12)),
    Column("error", Json),
    Column("created_at", Double, nullable=False),
    Column("not_before", Double),
    Column("admitted_at", Double),
    Column("sent_at", Double),
    Column("accepted_at", Double),
    Column("ended_at", Double),
    Column("deadline_at", Double),
    Index("calls_of_job", "job_id"),
)

# Three more indexes, over living and waiting calls alone, are in the migrations: a condition named here would load
# both databases' dialects at every start.

assets = Table(
    "assets",
    metadata,
    Column("id", ID, primary_key=True),
    Column("customer_id", BigInteger, nullable=False),
    Column("job_id", ID),
    Column("call_id", ID),
    Column("slot", Integer),
    Column("origin", String(8), nullable=False),  # output or input
    Column("kind", String(8), nullable=False),
    Column("key", Text, nullable=False),
    Column("mime", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("seconds", Double),
    Column("fps", Double),
    Column("has_audio", Boolean),
    Column("has_alpha", Boolean),
    Column("prompt", Text),
    Column("model", String(200)),
    Column("folder", Text),
    Column("tags", Json, nullable=False),
    Column("starred", Boolean, nullable=False),
    Column("vendor_ref", Json),
    Column("metadata", Json, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("purge_at", Double),  # when it is deleted by itself: answers that were not to be stored, unused inputs
    Index("assets_of_customer", "customer_id", "id"),
    Index("assets_of_job", "job_id"),
    Index("assets_to_purge", "purge_at"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("call_id", ID, primary_key=True),
    Column("job_id", ID, nullable=False),
    Column("customer_id", BigInteger, nullable=False),
    Column("vendor", String(32), nullable=False),
    Column("model", String(200), nullable=False),
    Column("state", String(10), nullable=False),  # reserved settled released
    Column("estimated_usd", Usd),
    Column("settled_usd", Usd),
    Column("basis", String(12)),
    Column("created_at", Double, nullable=False),
    Column("settled_at", Double),
    Index("ledger_of_customer", "customer_id", "created_at"),
)
