use types::snapshot::{Body, Identity};

use super::*;

#[tokio::test]
async fn pagila_is_read_in_full() {
    let database = pagila();
    let snapshot = scan(&database.url_as(&reader(&database))).await;

    let counts = [
        ("schema", 1),
        ("table", 15),
        ("view", 7),
        ("materialized_view", 1),
        ("enum", 1),
        ("domain", 2),
        ("sequence", 13),
        ("function", 9),
        ("procedure", 0),
    ];
    for (kind, expected) in counts {
        assert_eq!(count(&snapshot, kind), expected, "{kind}: {:?}", paths(&snapshot));
    }
    let unsupported: Vec<_> =
        snapshot.header.warnings.iter().map(|warning| (warning.subject.as_str(), warning.count)).collect();
    assert_eq!(unsupported, [("aggregate", 1)]);

    let film = table(&snapshot, "public.film");
    assert_eq!(film.columns.len(), 14);
    assert_eq!(film.primary_key.as_ref().unwrap().columns, ["film_id"]);
    assert_eq!(film.foreign_keys.len(), 2);
    let language = film.foreign_keys.iter().find(|key| key.columns == ["language_id"]).unwrap();
    assert_eq!(
        (language.references.as_str(), language.on_update.as_str(), language.on_delete.as_str()),
        ("public.language", "cascade", "restrict")
    );
    let rating = film.columns.iter().find(|column| column.name == "rating").unwrap();
    assert_eq!(rating.data_type, "public.mpaa_rating");
    assert_eq!(rating.default.as_deref(), Some("'G'::public.mpaa_rating"));
    assert_eq!(film.triggers.len(), 2);
    let fulltext = film.indexes.iter().find(|index| index.name == "film_fulltext_idx").unwrap();
    assert_eq!((fulltext.method.as_str(), fulltext.parts[0].expression.as_str()), ("gist", "fulltext"));

    let payment = table(&snapshot, "public.payment");
    let partitions = payment.partitions.as_ref().unwrap();
    assert_eq!(partitions.key, "RANGE (payment_date)");
    assert_eq!(partitions.names.len(), 7);
    assert_eq!(partitions.names[0], "public.payment_p2022_01");

    let Body::View(list) = &find(&snapshot, "public.film_list").body else { panic!("a view") };
    assert!(list.depends_on.contains(&"public.film_category".to_owned()), "{:?}", list.depends_on);
    let Body::Domain(year) = &find(&snapshot, "public.year").body else { panic!("a domain") };
    assert!(year.checks[0].expression.contains("1901"), "{:?}", year.checks);
    assert!(paths(&snapshot).contains(&"public.film_in_stock(integer, integer)"));
    let Body::Sequence(sequence) = &find(&snapshot, "public.film_film_id_seq").body else { panic!() };
    assert_eq!((sequence.increment, sequence.start), (1, 1));
}

#[tokio::test]
async fn what_pagila_lacks_is_read_as_well() {
    let database = empty();
    database.psql(
        "CREATE SCHEMA app; \
         CREATE TABLE app.parent (a int, b int, PRIMARY KEY (b, a), CONSTRAINT u UNIQUE (a) DEFERRABLE); \
         CREATE UNLOGGED TABLE app.t ( \
             id bigint GENERATED ALWAYS AS IDENTITY, name text COLLATE \"C\" DEFAULT 'x', \
             twice int GENERATED ALWAYS AS (n * 2) STORED, n int CONSTRAINT positive CHECK (n > 0), \
             m int, span int4range, EXCLUDE USING gist (span WITH &&)); \
         ALTER TABLE app.t ADD CONSTRAINT up FOREIGN KEY (m, n) REFERENCES app.parent (b, a) \
             ON DELETE SET NULL DEFERRABLE NOT VALID; \
         COMMENT ON TABLE app.t IS 'all sorts'; COMMENT ON COLUMN app.t.name IS 'its name'; \
         CREATE UNIQUE INDEX odd ON app.t (lower(name) DESC NULLS LAST, n) INCLUDE (span) WHERE n > 1; \
         ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY mine ON app.t FOR SELECT USING (n > 0); \
         CREATE TABLE app.child (extra int) INHERITS (app.parent); \
         CREATE VIEW app.v WITH (security_barrier) AS SELECT id FROM app.t; \
         CREATE PROCEDURE app.p(x int, y text) LANGUAGE sql AS 'SELECT 1'; \
         CREATE TYPE app.pair AS (a int, b int); CREATE TYPE app.mood AS ENUM ('sad', 'ok'); \
         ALTER TYPE app.mood ADD VALUE 'glad' BEFORE 'ok'",
    );
    let snapshot = scan(&database.url()).await;

    let t = table(&snapshot, "app.t");
    assert_eq!(t.options, ["row_level_security", "unlogged"]);
    assert_eq!(t.comment.as_deref(), Some("all sorts"));
    let by_name = |name: &str| t.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(by_name("id").identity, Some(Identity::Always));
    assert_eq!(by_name("name").collation.as_deref(), Some("C"));
    assert_eq!(by_name("name").comment.as_deref(), Some("its name"));
    assert_eq!(by_name("twice").default, None);
    assert!(by_name("twice").generated.as_ref().unwrap().stored);
    assert_eq!(t.checks[0].name, "positive");
    assert_eq!(t.exclusions.len(), 1);
    let up = &t.foreign_keys[0];
    assert_eq!(
        (up.columns.as_slice(), up.referenced_columns.as_slice()),
        (&["m".to_owned(), "n".to_owned()][..], &["b".to_owned(), "a".to_owned()][..])
    );
    assert_eq!((up.on_delete.as_str(), up.deferrable, up.validated), ("set null", true, false));
    let odd = &t.indexes[0];
    assert_eq!(t.indexes.len(), 1, "an exclusion's index is its own");
    assert_eq!(odd.parts[0].expression, "lower(name)");
    assert!(odd.unique && odd.parts[0].descending && !odd.parts[0].nulls_first);
    assert_eq!(
        (odd.include.as_slice(), odd.predicate.as_deref()),
        (&["span".to_owned()][..], Some("(n > 1)"))
    );
    assert_eq!(
        (t.policies[0].command.as_str(), t.policies[0].roles.as_slice()),
        ("select", &["public".to_owned()][..])
    );

    let parent = table(&snapshot, "app.parent");
    assert_eq!(parent.primary_key.as_ref().unwrap().columns, ["b", "a"]);
    assert!(parent.uniques[0].deferrable);
    assert_eq!(table(&snapshot, "app.child").options, ["inherits app.parent"]);
    let Body::View(view) = &find(&snapshot, "app.v").body else { panic!("a view") };
    assert_eq!(view.options, ["security_barrier"]);
    let Body::Enum(mood) = &find(&snapshot, "app.mood").body else { panic!("an enum") };
    assert_eq!(mood.values, ["sad", "glad", "ok"]);
    assert_eq!(find(&snapshot, "app.p(integer, text)").body.kind(), "procedure");
    let Body::CompositeType(pair) = &find(&snapshot, "app.pair").body else { panic!("a composite type") };
    assert_eq!(pair.attributes.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(pair.attributes[0].data_type, "integer");
    assert!(snapshot.header.warnings.is_empty(), "{:?}", snapshot.header.warnings);
}

#[tokio::test]
async fn rights_types_and_the_settings_of_numbers_are_read() {
    let database = empty();
    let role = Server::shared().create_role("grantee", "").name;
    database.psql(&format!(
        "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY (START 7 INCREMENT 3 MAXVALUE 99 CYCLE CACHE 5), \
             a int, b text); \
         GRANT SELECT, UPDATE ON t TO \"{role}\"; GRANT INSERT (a) ON t TO \"{role}\" WITH GRANT OPTION; \
         GRANT USAGE ON SCHEMA public TO \"{role}\"; \
         CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION f() FROM PUBLIC; \
         CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE SEQUENCE s CACHE 4; GRANT USAGE ON SEQUENCE s TO PUBLIC; \
         CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi); COMMENT ON TYPE floats IS 'spans'; \
         CREATE COLLATION mine (locale = 'C'); COMMENT ON COLLATION mine IS 'plain'; \
         CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION h(); \
         COMMENT ON TRIGGER g ON t IS 'fires'; \
         CREATE POLICY p ON t USING (a > 0); COMMENT ON POLICY p ON t IS 'own rows'; \
         CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; \
         CREATE FOREIGN TABLE away (id int) SERVER far; \
         CREATE UNIQUE INDEX once ON t (a)"
    ));
    let snapshot = scan(&database.url()).await;
    let t = table(&snapshot, "public.t");
    let options = t.columns[0].identity_options.unwrap();
    assert_eq!((options.start, options.increment, options.maximum), (7, 3, 99));
    assert_eq!((options.cycle, options.cache), (true, 5));
    let rights: Vec<_> = t
        .privileges
        .iter()
        .map(|one| {
            (one.grantee == role, one.column.as_deref(), one.rights.join(","), one.grantable.join(","))
        })
        .collect();
    assert!(rights.contains(&(true, None, "select,update".into(), String::new())), "{rights:?}");
    assert!(rights.contains(&(true, Some("a"), "insert".into(), "insert".into())), "{rights:?}");
    let Body::Schema(public) = &find(&snapshot, "public").body else { panic!("a schema") };
    assert!(public.privileges.iter().any(|one| one.grantee == role), "{:?}", public.privileges);
    let Body::Function(f) = &find(&snapshot, "public.f()").body else { panic!("a function") };
    let Body::Function(g) = &find(&snapshot, "public.g()").body else { panic!("a function") };
    assert_eq!((f.privileges.len(), g.privileges[0].grantee.as_str()), (0, "public"));
    let Body::Sequence(s) = &find(&snapshot, "public.s").body else { panic!("a sequence") };
    assert_eq!((s.cache, s.privileges.len()), (Some(4), 1));
    let Body::RangeType(floats) = &find(&snapshot, "public.floats").body else { panic!("a range") };
    assert_eq!((floats.subtype.as_str(), floats.comment.as_deref()), ("double precision", Some("spans")));
    assert_eq!(floats.difference_function.as_deref(), Some("float8mi"));
    let Body::Collation(mine) = &find(&snapshot, "public.mine").body else { panic!("a collation") };
    assert_eq!((mine.provider.as_str(), mine.locale.as_str(), mine.deterministic), ("libc", "C", true));
    assert_eq!(t.triggers[0].comment.as_deref(), Some("fires"));
    assert_eq!(t.policies[0].comment.as_deref(), Some("own rows"));
    assert_eq!(table(&snapshot, "public.away").options, ["foreign", "server far"]);
    assert_eq!(count(&snapshot, "sequence"), 1, "an identity's is its own");
}

#[tokio::test]
async fn what_a_filter_leaves_out_is_not_read() {
    let database = empty();
    database.psql(
        "CREATE SCHEMA app; CREATE TABLE app.a (id int PRIMARY KEY); \
         CREATE TABLE app.b (id int PRIMARY KEY, up int REFERENCES app.a (id), at date) ; \
         CREATE TABLE public.p (id int, at date) PARTITION BY RANGE (at); \
         CREATE TABLE public.p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01'); \
         CREATE VIEW app.v AS SELECT id FROM app.b; \
         CREATE TYPE app.mood AS ENUM ('a'); CREATE DOMAIN public.word AS text; \
         CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    database.log_statements();
    let read = async |include: &[&str], exclude: &[&str]| {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let filter = Filter::new(&owned(include), &owned(exclude)).unwrap();
        source(&database.url()).scan(&filter, Limits::default(), &CancellationToken::new()).await.unwrap()
    };
    let some = read(&["app.b", "app.v"], &[]).await;
    assert_eq!(paths(&some), ["app", "app.b", "app.v"]);
    let sent = database.parameters().concat();
    let asked = |of: &str| sent.contains(database.psql(&format!("SELECT '{of}::oid")).trim());
    assert!(asked("app.b'::regclass"), "{sent}");
    for of in ["p'::regclass", "app.f(int)'::regprocedure", "app.mood'::regtype", "word'::regtype"] {
        assert!(!asked(of), "{of}: {sent}");
    }
    assert_eq!(paths(&read(&["app.f(*"], &[]).await), ["app", "app.f(integer)"]);
    let types = read(&["*.mood", "*.word"], &[]).await;
    let mut types = paths(&types);
    types.sort_unstable();
    assert_eq!(types, ["app", "app.mood", "public", "public.word"]);
    let up = &table(&some, "app.b").foreign_keys[0];
    assert_eq!((up.references.as_str(), up.referenced_columns.as_slice()), ("app.a", &["id".to_owned()][..]));
    let most = read(&[], &["app.*"]).await;
    assert_eq!(table(&most, "public.p").partitions.as_ref().unwrap().names, ["public.p1"]);
    assert!(!paths(&most).contains(&"app.a"));
    assert!(paths(&read(&["nothing.*"], &[]).await).is_empty());
}

#[tokio::test]
async fn changes_at_the_same_moment_never_fail_a_scan() {
    let database = empty();
    database.psql("CREATE TABLE stays (id int PRIMARY KEY); CREATE VIEW seen AS SELECT id FROM stays");
    let url = database.url();
    let stop = CancellationToken::new();
    let (done, database) = (stop.clone(), Arc::new(database));
    let other = database.clone();
    let changes = std::thread::spawn(move || {
        let mut rounds = 0;
        while !done.is_cancelled() {
            other.psql(
                "CREATE TABLE gone (id int PRIMARY KEY, n int CHECK (n > 0)); CREATE INDEX i ON gone (lower(n::text)); \
                 CREATE VIEW gone_too AS SELECT n FROM gone; CREATE TYPE mood AS ENUM ('a'); \
                 CREATE FUNCTION f(mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
                 ALTER TABLE gone ADD m text DEFAULT 'x'; \
                 DROP FUNCTION f(mood); DROP TYPE mood; DROP VIEW gone_too; DROP TABLE gone CASCADE",
            );
            rounds += 1;
        }
        rounds
    });
    for number in 0..40 {
        // By turns over one connection and over two.
        let limits = Limits { catalog_at_once: (number % 2) * u64::MAX, ..Limits::default() };
        let snapshot =
            source(&url).scan(&Filter::default(), limits, &CancellationToken::new()).await.unwrap();
        assert!(paths(&snapshot).contains(&"public.stays"));
        assert!(paths(&snapshot).contains(&"public.seen"));
    }
    stop.cancel();
    assert!(changes.join().unwrap() > 0);
}

#[tokio::test]
async fn a_rename_keeps_the_physical_id_and_a_drop_with_add_does_not() {
    let database = empty();
    database.psql("CREATE TABLE t (a int, b int, c int)");
    let before = scan(&database.url()).await;
    database.psql("ALTER TABLE t RENAME TO s; ALTER TABLE s RENAME a TO z; ALTER TABLE s DROP b, ADD b int");
    let after = scan(&database.url()).await;
    let (old, new) = (find(&before, "public.t"), find(&after, "public.s"));
    assert_eq!(old.physical, new.physical);
    let attnum = |snapshot, path, name: &str| {
        let columns = &table(snapshot, path).columns;
        columns.iter().find(|column| column.name == name).unwrap().physical.unwrap().attnum.unwrap()
    };
    assert_eq!(attnum(&before, "public.t", "a"), attnum(&after, "public.s", "z"));
    assert_ne!(attnum(&before, "public.t", "b"), attnum(&after, "public.s", "b"));
    assert_eq!(before.header.physical, after.header.physical);
    assert!(before.header.physical.is_some());
}

/// Whether a statement only begins or ends a transaction or says how the rest is to be done.
fn is_setting(statement: &str) -> bool {
    let words = [
        "begin",
        "commit",
        "rollback",
        "set ",
        "select pg_catalog.set_config",
        "select pg_catalog.pg_export_snapshot",
    ];
    words.iter().any(|word| statement.to_lowercase().starts_with(word))
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_number_of_tables() {
    let mut counts = Vec::new();
    for tables in [1, 40] {
        let database = empty();
        database.psql(&format!(
            "DO $$ BEGIN FOR i IN 1..{tables} LOOP EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, \
             up int REFERENCES t%s (id) CHECK (up > 0)); CREATE INDEX ON t%s (up); \
             CREATE VIEW v%s AS SELECT * FROM t%s', i, i, i, i, i); END LOOP; END $$"
        ));
        database.log_statements();
        assert_eq!(count(&scan(&database.url()).await, "table"), tables);
        let statements = database.statements();
        let catalog = statements.iter().filter(|statement| statement.contains("pg_catalog.pg_namespace"));
        assert!(catalog.count() > 5, "{statements:?}");
        counts.push(statements.iter().filter(|statement| !is_setting(statement)).count());
    }
    assert_eq!(counts[0], counts[1]);
    assert!((1..=15).contains(&counts[0]), "{counts:?}");
}

#[tokio::test]
async fn hostile_names_are_names() {
    let database = empty();
    let names = ["\"; drop table canary; --", "a.b", "with \"quotes\"", "naïve — 表", "$1", "%s\\"];
    database.psql("CREATE TABLE canary (id int)");
    for name in names {
        let quoted = name.replace('"', "\"\"");
        database.psql(&format!(
            "CREATE TABLE \"{quoted}\" (\"{quoted}\" int PRIMARY KEY, at timestamptz); \
             INSERT INTO \"{quoted}\" VALUES (1, now())"
        ));
    }
    let url = database.url();
    let snapshot = scan(&url).await;
    let profiles = profile(&url, ProfileRequest::default()).await;
    for name in names {
        let path = types::snapshot::path_of(&["public", name]);
        assert_eq!(table(&snapshot, &path).columns[0].name, name);
        let profile = profiles.iter().find(|profile| profile.table == path).unwrap();
        assert_eq!((profile.row_count, profile.skipped.as_deref()), (1, None), "{path}");
        let fresh = freshness(&url, std::slice::from_ref(&path), &[]).await;
        assert!(fresh.tables[0].latest_value_at.is_some(), "{path}");
    }
    assert_eq!(database.psql("SELECT count(*) FROM canary").trim(), "0");
}

#[tokio::test]
async fn functions_of_the_users_never_run() {
    let database = empty();
    // Shadows of what the statements use, in the schema that the default search path looks in first.
    database.psql(
        "CREATE TABLE canary (id int); CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'); \
         CREATE FUNCTION public.octet_length(text) RETURNS int LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'the shadow ran'; END $$; \
         CREATE FUNCTION public.evil(text, text) RETURNS bool LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'the shadow ran'; END $$; \
         CREATE OPERATOR public.!~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.evil); \
         CREATE VIEW v AS SELECT 1 / 0 AS boom",
    );
    let role = Server::shared().create_role("shadowed", "");
    database.psql(&format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{0}\"; \
         ALTER ROLE \"{0}\" SET search_path = public, pg_catalog",
        role.name
    ));
    let url = database.url_as(&role);
    assert_eq!(count(&scan(&url).await, "table"), 2);
    let profiles = profile(&url, ProfileRequest::default()).await;
    assert!(profiles.iter().all(|table| table.skipped.is_none()), "{profiles:?}");
    assert_eq!(profiles.len(), 2, "views are not read");
}

#[tokio::test]
async fn globs_choose_objects() {
    let database = pagila();
    let filter = Filter::new(&["public.film*".into()], &["*_list".into()]).unwrap();
    let url = database.url();
    let snapshot = source(&url).scan(&filter, Limits::default(), &CancellationToken::new()).await.unwrap();
    let paths = paths(&snapshot);
    assert!(paths.contains(&"public") && paths.contains(&"public.film_actor"), "{paths:?}");
    assert!(!paths.contains(&"public.film_list") && !paths.contains(&"public.actor"), "{paths:?}");
}
