"""Values travel between PostgreSQL and DuckDB unchanged, both ways."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from mdm.errors import DatabaseUnavailable
from mdm.settings import Settings
from mdm.store.bridge import BridgeError, copy_into, open_duckdb, open_reader, read_table
from mdm.store.engine import Store

ODD_TEXTS = [
    "",
    None,
    " ",
    "NULL",
    "null",
    "\\N",
    "\\.",
    "a\n\\.\nb",
    'say "no"',
    "a,b;c\td",
    "x\r\ny\rz",
    "é😀漢",
    "'",
    "\\",
    "{}",
]

KINDS = sa.Table(
    "kinds",
    sa.MetaData(schema="mdm"),
    sa.Column("n", sa.BigInteger, primary_key=True),
    sa.Column("t", sa.Text),
    sa.Column("u", sa.Uuid),
    sa.Column("b", sa.Boolean),
    sa.Column("d", sa.Double),
    sa.Column("s", sa.SmallInteger),
    sa.Column("day", sa.Date),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("j", JSON),
    sa.Column("jb", JSONB),
    sa.Column("ts", ARRAY(sa.Text)),
    sa.Column("ns", ARRAY(sa.BigInteger)),
    sa.Column("us", ARRAY(sa.Uuid)),
)
COLUMNS = [column.name for column in KINDS.columns]
ONE = UUID("00000000-0000-0000-0000-0000000000ff")
AT = datetime(2026, 11, 21, 23, 59, 59, 123456, tzinfo=UTC)
ROWS = [
    (
        1,
        "a",
        ONE,
        True,
        1.1,
        7,
        date(2024, 2, 29),
        AT,
        '{"a": 1,  "b": null}',
        '{"a": 1}',
        ODD_TEXTS,
        [1, None, -5],
        [ONE],
    ),
    (2, "", ONE, False, math.inf, -7, date(1, 1, 1), AT, '"x\\u0000y"', "[]", [], [], []),
    (3, None, None, None, None, None, None, None, None, None, None, None, None),
    (4, "\\", ONE, None, -math.inf, 0, None, None, "null", "null", [None], [None], [None]),
    (5, "\n", None, None, 1e-300, 0, None, None, "1", "1", [""], [2**62], None),
]


@pytest.fixture
def duck(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_duckdb(settings)
    yield connection
    connection.close()


@pytest.fixture
def kinds(store: Store, duck: duckdb.DuckDBPyConnection) -> Store:
    """An empty table of all kinds in PostgreSQL, and a DuckDB table ``given`` with rows for it."""
    with store.begin() as connection:
        KINDS.create(connection)
    duck.execute(
        'CREATE TABLE given (n BIGINT, t VARCHAR, u UUID, b BOOLEAN, d DOUBLE, s SMALLINT, day DATE, "at" TIMESTAMPTZ,'
        " j JSON, jb JSON, ts VARCHAR[], ns BIGINT[], us UUID[])"
    ).fetchall()
    duck.executemany(f"INSERT INTO given VALUES ({', '.join('?' * 13)})", ROWS).fetchall()
    return store


def test_every_kind_makes_the_round_trip(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with kinds.begin() as connection:
        select = "SELECT * FROM given ORDER BY n"
        assert copy_into(connection, duck=duck, select=select, table=KINDS, columns=COLUMNS) == len(ROWS)
    with kinds.begin() as connection:
        there = connection.execute(
            sa.text("select n, t, u, b, d, s, day, at, j::text, jb::text, ts, ns, us from mdm.kinds order by n")
        ).all()
    assert [tuple(row) for row in there] == ROWS
    assert read_table(kinds, sql=sa.select(KINDS).order_by(KINDS.c.n), duck=duck, name="back") == len(ROWS)
    # DuckDB needs a package we do not have to hand out times with a zone: compare inside
    difference = "(FROM {0} EXCEPT FROM {1}) AS d".format
    for left, right in (("given", "back"), ("back", "given")):
        assert duck.execute(f"SELECT count(*) FROM {difference(left, right)}").fetchall() == [(0,)]
    described = {row[0]: row[1] for row in duck.execute("DESCRIBE back").fetchall()}
    expected = {row[0]: row[1] for row in duck.execute("DESCRIBE given").fetchall()}
    assert described == expected


def test_nan_travels_both_ways(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with kinds.begin() as connection:
        copy_into(connection, duck=duck, select="SELECT 1, 'nan'::DOUBLE", table=KINDS, columns=["n", "d"])
    read_table(kinds, sql="select d from mdm.kinds", duck=duck, name="back")
    assert duck.execute("SELECT isnan(d) FROM back").fetchall() == [(True,)]


@pytest.mark.parametrize("alone", [True, False])
def test_odd_texts_stay_apart(kinds: Store, duck: duckdb.DuckDBPyConnection, alone: bool) -> None:
    table = sa.Table("lines", sa.MetaData(schema="mdm"), sa.Column("t", sa.Text), sa.Column("n", sa.BigInteger))
    duck.execute("CREATE TABLE odd AS SELECT unnest($1::VARCHAR[]) AS t", [ODD_TEXTS]).fetchall()
    columns = ["t"] if alone else ["t", "n"]
    with kinds.begin() as connection:
        table.create(connection)
        select = "SELECT t FROM odd" if alone else "SELECT t, 1 FROM odd"
        copy_into(connection, duck=duck, select=select, table=table, columns=columns)
        there = connection.scalars(sa.select(table.c.t)).all()
    assert sorted(map(repr, there)) == sorted(map(repr, ODD_TEXTS))
    read_table(kinds, sql="select t from mdm.lines", duck=duck, name="back")
    assert sorted(repr(t) for (t,) in duck.execute("SELECT t FROM back").fetchall()) == sorted(map(repr, ODD_TEXTS))


def test_lists_and_structs_fit_json_columns(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with kinds.begin() as connection:
        select = "SELECT 1, [{'a': 'x,\"y', 'b': NULL}], {'k': [1, 2]}"
        copy_into(connection, duck=duck, select=select, table=KINDS, columns=["n", "j", "jb"])
        row = connection.execute(sa.select(KINDS.c.j, KINDS.c.jb)).one()
    assert row == ([{"a": 'x,"y', "b": None}], {"k": [1, 2]})


def test_parameters_are_values_never_sql(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    params = {
        "t": "o'x; drop table mdm.run; -- \\ %s :t",
        "ids": [1, 2],
        "u": ONE,
        "at": AT,
        "none": None,
        "share": 0.5,
    }
    sql = """
        select cast(:t as text) as t, cast(:u as uuid) as u, cast(:at as timestamptz) as at,
                   cast(:none as text) as none,
               2 = any(cast(:ids as bigint[])) as found, 10 % 3 as rest, 'a%b' like 'a%' as alike, :share * 2 as whole
    """
    assert read_table(store, sql=sql, params=params, duck=duck, name="back") == 1
    row = duck.execute('SELECT t, u, epoch_us("at"), "none", found, rest, alike FROM back').fetchall()
    assert row == [(params["t"], ONE, int(AT.timestamp()) * 1_000_000 + AT.microsecond, None, True, 1, True)]


def test_no_rows_make_an_empty_typed_table(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    assert read_table(store, sql="select 1::bigint as n, 'x'::text as t where false", duck=duck, name="back") == 0
    assert [row[:2] for row in duck.execute("DESCRIBE back").fetchall()] == [("n", "BIGINT"), ("t", "VARCHAR")]


def test_a_copy_belongs_to_the_callers_transaction(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"), kinds.begin() as connection:
        copy_into(connection, duck=duck, select="SELECT 1", table=KINDS, columns=["n"])
        assert connection.scalar(sa.select(sa.func.count()).select_from(KINDS)) == 1
        raise RuntimeError("changed my mind")
    with kinds.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(KINDS)) == 0


def test_a_failing_select_leaves_nothing_and_hangs_nowhere(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    late = "SELECT CASE WHEN i < 99999 THEN i ELSE error('late') END, repeat('x', 200) FROM range(100000) r(i)"
    with pytest.raises(BridgeError), kinds.begin() as connection:
        copy_into(connection, duck=duck, select=late, table=KINDS, columns=["n", "t"])
    with kinds.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(KINDS)) == 0
    assert duck.execute("SELECT 1").fetchall() == [(1,)]


def test_a_refused_row_leaves_duckdb_usable(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    twice = "SELECT i % 90000, repeat('x', 200) FROM range(100000) r(i)"
    with pytest.raises(psycopg.errors.UniqueViolation), kinds.begin() as connection:
        copy_into(connection, duck=duck, select=twice, table=KINDS, columns=["n", "t"])
    assert duck.execute("SELECT 1").fetchall() == [(1,)]


def test_columns_are_checked(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with kinds.begin() as connection:
        with pytest.raises(ValueError, match="no column wrong"):
            copy_into(connection, duck=duck, select="SELECT 1", table=KINDS, columns=["wrong"])
        with pytest.raises(ValueError, match="1 columns selected for the 2"):
            copy_into(connection, duck=duck, select="SELECT 1", table=KINDS, columns=["n", "t"])


def test_duckdb_is_limited_and_spills_at_home(settings: Settings) -> None:
    left = settings.scratch / "duckdb-999999999-ab"
    left.mkdir(parents=True)
    duck = open_duckdb(settings)
    assert not left.exists()
    values = duck.execute(
        "SELECT current_setting('threads'), current_setting('TimeZone'), current_setting('temp_directory')"
    )
    threads, zone, spill = values.fetchall()[0]
    assert (threads, zone) == (settings.threads, "UTC")
    assert spill.startswith(str(settings.scratch / "duckdb-"))
    duck.close()


def test_a_batch_id_compares_across_the_bridge(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    batch = uuid4()
    with kinds.begin() as connection:
        connection.execute(sa.insert(KINDS).values(n=1, u=batch))
    read_table(kinds, sql=sa.select(KINDS.c.n).where(KINDS.c.u == batch), duck=duck, name="back")
    assert duck.execute("SELECT n FROM back").fetchall() == [(1,)]


def test_a_failing_select_shows_no_values(store: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(BridgeError, match="SQLSTATE 22P02") as caught:
        read_table(store, sql="select cast(cast(:v as text) as uuid)", params={"v": "ann"}, duck=duck, name="back")
    assert "ann" not in str(caught.value)


def test_a_reader_keeps_its_connection_and_sees_what_is_committed_at_each_read(
    kinds: Store, duck: duckdb.DuckDBPyConnection
) -> None:
    count = "select n, pg_backend_pid() as pid, current_setting('timezone') as zone from mdm.kinds"
    with open_reader(kinds) as reader:
        assert reader.read(sql=count, duck=duck, name="before") == 0
        with kinds.begin() as connection:
            connection.execute(sa.insert(KINDS).values(n=1))
            assert reader.read(sql=count, duck=duck, name="during") == 0
        assert reader.read(sql=count, duck=duck, name="first") == 1
        with kinds.begin() as connection:
            connection.execute(sa.insert(KINDS).values(n=2))
            open_since = "select count(*) from pg_stat_activity where state = 'idle in transaction' and pid = :pid"
            (pid,) = duck.execute("SELECT pid FROM first").fetchall()[0]
            assert connection.scalar(sa.text(open_since), {"pid": pid}) == 0
        assert reader.read(sql=count, duck=duck, name="second") == 2
    assert duck.execute("SELECT count(DISTINCT pid), min(zone) FROM (FROM first UNION FROM second)").fetchall() == [
        (1, "UTC")
    ]


def test_a_reader_goes_on_after_a_failed_read(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    many = "select n, repeat('x', 500) as t from generate_series(1, 100000) n"
    with open_reader(kinds) as reader:
        with pytest.raises(BridgeError, match="SQLSTATE 22P02"):
            reader.read(sql="select cast(cast(:v as text) as uuid)", params={"v": "ann"}, duck=duck, name="back")
        duck.execute("CREATE VIEW taken AS SELECT 1").fetchall()
        with pytest.raises(duckdb.Error):
            reader.read(sql=many, duck=duck, name="taken")
        with pytest.raises(BridgeError, match="broke off"):
            reader.read(sql="select 1 / (n - 90000) as n, t from (" + many + ") m", duck=duck, name="back")
        assert reader.read(sql=many, duck=duck, name="back") == 100_000


def test_a_server_that_goes_in_the_middle_of_a_read_is_unavailable(
    kinds: Store, duck: duckdb.DuckDBPyConnection
) -> None:
    ends = "select case when n = 90000 then pg_terminate_backend(pg_backend_pid()) end as x, repeat('x', 500) as t"
    with pytest.raises(DatabaseUnavailable):
        read_table(kinds, sql=ends + " from generate_series(1, 100000) n", duck=duck, name="back")


def test_a_reader_says_that_the_server_is_gone(kinds: Store, duck: duckdb.DuckDBPyConnection) -> None:
    with open_reader(kinds) as reader:
        reader.read(sql="select pg_backend_pid() as pid", duck=duck, name="mine")
        with kinds.begin() as connection:
            (pid,) = duck.execute("SELECT pid FROM mine").fetchall()[0]
            connection.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DatabaseUnavailable):
            reader.read(sql="select 1 as n", duck=duck, name="mine")
