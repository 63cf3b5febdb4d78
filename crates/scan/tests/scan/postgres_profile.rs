use std::time::Duration;

use types::Timestamp;
use types::profile::{Level, Method};

use super::*;

const TYPES: &str = "\
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad'); \
    CREATE DOMAIN price AS numeric(10, 2); CREATE DOMAIN cheap AS price; CREATE TYPE pair AS (a int, b text); \
    CREATE TABLE t ( \
        id bigint PRIMARY KEY, small smallint, whole int, half real, full_ double precision, num numeric, \
        cost price, yes bool, word text, code char(4), short varchar(9), uid uuid, raw bytea, doc jsonb, \
        list int[], day date, at timestamptz, local timestamp, clock time, span interval, addr inet, feeling mood, \
        empty int, maybe text, rare varchar(20), opaque bytea, low cheap, couple pair); \
    INSERT INTO t SELECT g, g % 7, CASE WHEN g % 3 = 0 THEN NULL ELSE g % 50 END, g / 4.0, -g * 0.5, \
        g * 0.01, (g % 100) * 1.10, g % 2 = 0, repeat(chr(97 + g % 26), g % 5 * 400), (g % 90)::text, \
        'v' || g % 11, gen_random_uuid(), decode(lpad(to_hex(g % 13), 4, '0'), 'hex'), '{\"a\": 1}', ARRAY[g], \
        date '2020-01-01' + (g % 400)::int, timestamptz '2021-03-04 05:06:07+00' + g * interval '1 minute', \
        timestamp '2000-01-01' + g * interval '1 hour', time '01:02:03' + g * interval '1 s', \
        (g % 5) * interval '1 day', ('10.0.0.' || g % 17)::inet, (ARRAY['sad', 'ok']::mood[])[1 + g % 2], NULL, \
        CASE WHEN g % 4 > 0 THEN repeat('y', g % 3 * 900) || g % 10 END, \
        CASE WHEN g % 50 = 0 THEN 'r' || g END, CASE WHEN g % 2 = 0 THEN decode(repeat('ab', g % 4 * 700), 'hex') END, \
        g % 9, CASE WHEN g % 5 > 0 THEN ROW(g, NULLIF('b', repeat('b', g % 2)))::pair END \
    FROM generate_series(1, 1000) g";

#[tokio::test]
async fn a_full_profile_agrees_with_sql() {
    let database = empty();
    database.psql(TYPES);
    let url = database.url_as(&reader(&database));
    let profiles = profile(&url, ProfileRequest::default()).await;
    let [t] = profiles.as_slice() else { panic!("{profiles:?}") };
    assert_eq!((t.row_count, t.row_count_method, t.skipped.as_deref()), (1000, Method::Exact, None));
    assert_eq!(t.columns.len(), 28);
    for measured in &t.columns {
        let name = &measured.column;
        let truth = database.psql(&format!("SELECT count(*) - count(\"{name}\") FROM t"));
        assert_eq!(measured.null_count.to_string(), truth.trim(), "NULLs of {name}");
        assert_eq!(measured.method, Method::Exact);
        if ["doc", "list", "couple"].contains(&name.as_str()) {
            assert_eq!(measured.distinct_count, None, "{name}");
            continue;
        }
        let truth = database.psql(&format!("SELECT count(DISTINCT \"{name}\") FROM t"));
        assert_eq!(measured.distinct_count.unwrap().to_string(), truth.trim(), "distinct values of {name}");
    }
    let bounds = |name: &str| {
        let column = column(t, name);
        (column.min.clone().unwrap_or_default(), column.max.clone().unwrap_or_default())
    };
    assert_eq!(bounds("id"), (1.into(), 1000.into()));
    assert_eq!(bounds("full_"), ((-500.0).into(), (-0.5).into()));
    assert_eq!(bounds("num"), (0.01.into(), 10.into()));
    assert_eq!(bounds("cost"), (0.into(), 108.9.into()));
    assert_eq!(bounds("low"), (0.into(), 8.into()), "a domain over a domain");
    assert_eq!(bounds("day"), ("2020-01-01".into(), "2021-02-03".into()));
    assert_eq!(bounds("at"), ("2021-03-04T05:07:07.000Z".into(), "2021-03-04T21:46:07.000Z".into()));
    assert_eq!(bounds("clock"), ("01:02:04".into(), "01:18:43".into()));
    for text in ["word", "code", "short", "raw", "uid", "feeling"] {
        assert_eq!(
            bounds(text),
            (serde_json::Value::Null, serde_json::Value::Null),
            "{text} is nobody's business"
        );
    }
    let long = column(t, "maybe").lengths.unwrap();
    assert_eq!((long.min, long.max), (1, 1801), "texts too long to be sent have a length all the same");
    assert_eq!(column(t, "empty").uniqueness_percent, None);
    assert_eq!(column(t, "empty").null_percent, Some(100.0));
}

#[tokio::test]
async fn frequent_values_that_are_no_texts_are_told_as_the_database_writes_them() {
    let database = empty();
    let id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    database.psql(&format!(
        "CREATE TABLE t (yes bool, id uuid); INSERT INTO t SELECT g % 3 > 0, '{id}' FROM generate_series(1, 9) g"
    ));
    for values in [true, false] {
        let request = ProfileRequest { values, ..ProfileRequest::default() };
        let t = profile(&database.url(), request).await.remove(0);
        let top = |name: &str| -> Vec<_> {
            column(&t, name).top_values.iter().map(|top| (top.count, top.value.clone())).collect()
        };
        let told = |text: &str| values.then(|| text.into());
        assert_eq!(top("yes"), [(6, told("true")), (3, told("false"))]);
        assert_eq!(top("id"), [(9, told(id))]);
    }
}

#[tokio::test]
async fn each_table_is_read_by_one_statement() {
    let database = empty();
    database.psql("CREATE TABLE a (id int, at timestamptz); CREATE TABLE b (id int, n text)");
    database
        .psql("INSERT INTO a SELECT g, now() FROM generate_series(1, 500) g; INSERT INTO b VALUES (1, 'x')");
    database.log_statements();
    profile(&database.url(), ProfileRequest::default()).await;
    let copies: Vec<_> =
        database.statements().into_iter().filter(|statement| statement.starts_with("COPY")).collect();
    assert_eq!(copies.len(), 2, "{copies:?}");
}

#[tokio::test]
async fn partitions_are_read_once_through_their_parent() {
    let database = empty();
    database.psql(
        "CREATE TABLE p (id int, at timestamptz) PARTITION BY RANGE (id); \
         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (50); \
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (50) TO (200); \
         INSERT INTO p SELECT g, now() FROM generate_series(0, 99) g",
    );
    let profiles = profile(&database.url(), ProfileRequest::default()).await;
    let found: Vec<_> = profiles.iter().map(|table| (table.table.as_str(), table.row_count)).collect();
    assert_eq!(found, [("public.p", 100)]);
}

#[tokio::test]
async fn the_newest_plausible_time_is_the_freshness() {
    let database = empty();
    database.psql(
        "CREATE TABLE orders (id int, born date, created_at timestamptz, updated_at timestamptz); \
         INSERT INTO orders VALUES (1, '2030-01-01', '2021-01-01 00:00+00', '2022-02-02 00:00+00'), \
             (2, '1990-01-01', '2021-06-01 00:00+00', '9999-01-01 00:00+00')",
    );
    let url = database.url();
    let at = |text| Timestamp::parse(text);
    let [table] = &profile(&url, ProfileRequest::default()).await[..] else { panic!("one table") };
    assert_eq!(table.timestamp_column.as_deref(), Some("updated_at"));
    assert_eq!(table.latest_value_at, at("2022-02-02T00:00:00Z"));

    let request = ProfileRequest {
        timestamp_columns: [("public.orders".to_owned(), "created_at".to_owned())].into(),
        ..ProfileRequest::default()
    };
    let [table] = &profile(&url, request).await[..] else { panic!("one table") };
    assert_eq!(table.latest_value_at, at("2021-06-01T00:00:00Z"));

    let tables = ["public.orders".to_owned()];
    postgres_kindness::settle(&database, "orders", 2);
    for (asked, newest) in [
        ("none", "2022-02-02T00:00:00Z"),
        ("created_at", "2021-06-01T00:00:00Z"),
        ("id", "2022-02-02T00:00:00Z"),
    ] {
        let fresh = freshness(&url, &tables, &[("public.orders", asked)]).await;
        assert_eq!(fresh.tables[0].latest_value_at, at(newest), "{asked}");
        assert_eq!(fresh.tables[0].writes.unwrap().inserted, 2);
        assert_eq!(fresh.tables[0].last_write_at, None, "this server keeps no commit times");
    }
}

#[tokio::test]
async fn a_table_that_was_never_analyzed_is_not_read_whole_for_its_newest_time() {
    let database = empty();
    database.psql(
        "CREATE TABLE t (at timestamptz NOT NULL, t text) WITH (autovacuum_enabled = off); \
         INSERT INTO t SELECT timestamptz '2024-01-01' + g * interval '1 hour', repeat('x', 1500) \
         FROM generate_series(1, 2000) g",
    );
    database.log_statements();
    let fresh = freshness(&database.url(), &["public.t".to_owned()], &[]).await.tables.remove(0);
    assert_eq!(fresh.latest_value_at, Timestamp::parse("2024-03-24T08:00:00Z"));
    assert_eq!(fresh.latest_value_method, Some(types::profile::TimeMethod::Tail));
}

#[tokio::test]
async fn partitions_in_another_database_are_left_out_and_said_to_be() {
    let database = empty();
    database.psql(
        "CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw; \
         CREATE TABLE p (id int) PARTITION BY RANGE (id); \
         CREATE TABLE p_here PARTITION OF p FOR VALUES FROM (0) TO (100); \
         INSERT INTO p SELECT generate_series(0, 99); \
         CREATE FOREIGN TABLE p_there PARTITION OF p FOR VALUES FROM (100) TO (200) SERVER files \
             OPTIONS (filename '/nowhere')",
    );
    let told = async |level| {
        let request = ProfileRequest { level, ..ProfileRequest::default() };
        profile(&database.url(), request).await.remove(0)
    };
    let whole = told(Level::Full).await;
    assert_eq!((whole.row_count, whole.partial), (100, true));
    assert!(whole.partial_reason.unwrap().contains("foreign"));
    database.psql("ANALYZE p_here");
    assert!(told(Level::Sample).await.skipped.is_none(), "so few rows are read whole");
}

#[tokio::test]
async fn what_cannot_be_read_is_skipped_and_the_rest_is_not() {
    let database = empty();
    let role = Server::shared().create_role("partial", "");
    database.psql(&format!(
        "CREATE TABLE open_ (id int); CREATE TABLE closed (id int); CREATE TABLE half (id int, secret text); \
         CREATE TABLE filtered (id int); ALTER TABLE filtered ENABLE ROW LEVEL SECURITY; \
         GRANT SELECT ON open_, filtered TO \"{0}\"; GRANT SELECT (id) ON half TO \"{0}\"",
        role.name
    ));
    let request = ProfileRequest {
        tables: ["closed", "filtered", "gone", "half", "open_"].map(|t| format!("public.{t}")).into(),
        ..ProfileRequest::default()
    };
    let profiles = profile(&database.url_as(&role), request).await;
    let reason = |name: &str| {
        let path = format!("public.{name}");
        profiles.iter().find(|table| table.table == path).unwrap().skipped.clone()
    };
    assert!(reason("closed").unwrap().contains("GRANT SELECT"));
    assert!(reason("filtered").unwrap().contains("row-level security"));
    assert!(reason("gone").unwrap().contains("no table"));
    assert_eq!((reason("open_"), reason("half")), (None, None));
    let half = profiles.iter().find(|table| table.table == "public.half").unwrap();
    assert_eq!(half.columns.len(), 1, "only what is granted");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_skips_its_table() {
    let database = empty();
    database.psql("CREATE TABLE slow (id int); INSERT INTO slow SELECT generate_series(1, 300000)");
    let limits = Limits { table_statement: Duration::from_millis(1), ..Limits::default() };
    let reasons = Mutex::new(Vec::new());
    let tell = |event| {
        if let ProfileEvent::Table(table) = event {
            reasons.lock().unwrap().push(table.skipped);
        }
    };
    // Beside others the statements would be too small for that.
    let request = without_rest(&ProfileRequest::default());
    source(&database.url()).profile(&request, limits, &CancellationToken::new(), &tell).await.unwrap();
    let reasons = reasons.into_inner().unwrap();
    assert!(matches!(&reasons[..], [Some(reason)] if reason.contains("too long")), "{reasons:?}");
}

#[tokio::test]
async fn cancelling_stops_the_statement_in_the_database() {
    let database = empty();
    database.psql("CREATE TABLE wide (id int, t text); INSERT INTO wide SELECT g, repeat('x', 500) FROM generate_series(1, 200000) g");
    let cancel = CancellationToken::new();
    let tell = |event| {
        if matches!(&event, ProfileEvent::Progress(progress) if progress.message.contains("wide")) {
            cancel.cancel();
        }
    };
    let source = source(&database.url());
    let error =
        source.profile(&ProfileRequest::default(), Limits::default(), &cancel, &tell).await.unwrap_err();
    assert_eq!(error.code(), "cancelled");
}

#[tokio::test]
async fn samples_and_estimates_say_what_they_are() {
    let database = empty();
    database.psql(
        "CREATE TABLE big (id int PRIMARY KEY, n int, maybe int); \
         INSERT INTO big SELECT g, g % 1000, CASE WHEN g % 4 > 0 THEN g END FROM generate_series(1, 400000) g; \
         CREATE TABLE tiny (id int); INSERT INTO tiny VALUES (1), (NULL); CREATE TABLE fresh (id int); \
         ANALYZE big; ANALYZE tiny",
    );
    let url = database.url();
    let at = |level| ProfileRequest { level, ..ProfileRequest::default() };
    let profiles = profile(&url, at(Level::Sample)).await;
    let [big, fresh, tiny] = &profiles[..] else { panic!("{profiles:?}") };
    assert_eq!(big.row_count_method, Method::Estimated);
    let maybe = column(big, "maybe");
    assert_eq!(maybe.method, Method::Sampled);
    assert!((maybe.null_percent.unwrap() - 25.0).abs() < 1.0, "{maybe:?}");
    assert!(maybe.error_bound.unwrap() < 0.5);
    let n = column(big, "n").distinct_count.unwrap();
    assert!((990..=1010).contains(&n), "{n}");
    assert_eq!(column(tiny, "id").method, Method::Exact);
    assert_eq!(fresh.row_count, 0);
    assert_eq!((big.level, tiny.level), (Level::Sample, Level::Full), "how far each was read");

    let profiles = profile(&url, at(Level::Estimate)).await;
    let [big, fresh, _] = &profiles[..] else { panic!("{profiles:?}") };
    assert_eq!((big.level, column(big, "maybe").method), (Level::Estimate, Method::Estimated));
    assert!((column(big, "maybe").null_percent.unwrap() - 25.0).abs() < 2.0);
    assert!(fresh.skipped.as_deref().unwrap().contains("ANALYZE"));

    // The catalog has not heard of the second half; the files tell.
    database.psql(
        "INSERT INTO big SELECT g, g % 1000, CASE WHEN g % 4 > 0 THEN g END FROM generate_series(400001, 800000) g",
    );
    let grown = profile(&url, at(Level::Sample)).await.remove(0);
    assert!((790_000..=810_000).contains(&grown.row_count), "{}", grown.row_count);
    let maybe = column(&grown, "maybe");
    let (found, bound) = (maybe.null_percent.unwrap(), maybe.error_bound.unwrap());
    assert!((found - 25.0).abs() <= bound && (0.05..1.0).contains(&bound), "{found} ± {bound}");

    database.log_statements();
    let one = ProfileRequest { tables: vec!["public.tiny".into()], ..at(Level::Estimate) };
    let profiles = profile(&url, one).await;
    let [tiny] = &profiles[..] else { panic!("{profiles:?}") };
    assert_eq!(column(tiny, "id").null_percent, Some(50.0));
    let sent = database.parameters().concat();
    assert!(sent.contains("tiny") && !sent.contains("big"), "statistics of what is asked for: {sent}");
}
