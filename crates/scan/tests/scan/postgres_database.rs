//! What belongs to a database as a whole, and what is told of a table beside its shape.

use types::snapshot::{Body, DefaultPrivilege, NotNull, OtherPrivilege};

use super::*;

#[tokio::test]
async fn rights_on_the_database_on_other_servers_and_on_what_is_to_come_are_read() {
    let database = empty();
    let role = Server::shared().create_role("grantee", "").name;
    database.psql(&format!(
        "CREATE SCHEMA app; CREATE FOREIGN DATA WRAPPER w; \
         CREATE SERVER far TYPE 'store' VERSION '7' FOREIGN DATA WRAPPER w OPTIONS (port '1', host 'h', secret 'hunter2'); \
         CREATE SERVER plain FOREIGN DATA WRAPPER w; \
         GRANT USAGE ON FOREIGN SERVER far TO \"{role}\" WITH GRANT OPTION; COMMENT ON SERVER far IS 'elsewhere'; \
         ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO \"{role}\"; \
         ALTER DEFAULT PRIVILEGES FOR ROLE \"{role}\" REVOKE USAGE ON TYPES FROM PUBLIC; \
         ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO \"{role}\""
    ));
    assert_eq!(count(&scan(&database.url()).await, "database"), 1, "because of its default privileges");
    let owner = database.psql("SELECT current_user").trim().to_owned();
    database.psql(
        "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''ours''', current_database()); \
         EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$",
    );
    let snapshot = scan(&database.url()).await;
    assert!(snapshot.header.warnings.iter().all(|warning| warning.subject != "foreign_server"));
    let Body::Database(told) = &find(&snapshot, "database").body else { panic!("a database") };
    assert_eq!(told.comment.as_deref(), Some("ours"));
    let everybody = told.privileges.iter().find(|one| one.grantee == "public").unwrap();
    assert_eq!(everybody.rights, ["connect"]);
    let given = |creator: &str, objects: &str, grantee: &str, rights: &[&str]| DefaultPrivilege {
        creator: creator.into(),
        objects: objects.into(),
        grantee: grantee.into(),
        rights: rights.iter().map(|right| (*right).to_owned()).collect(),
        grantable: Vec::new(),
    };
    let mut expected = [given(&owner, "sequences", &role, &["usage"]), given(&role, "types", "public", &[])];
    let mut found = told.default_privileges.clone();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let Body::Schema(app) = &find(&snapshot, "app").body else { panic!("a schema") };
    assert_eq!(app.default_privileges, [given(&owner, "tables", &role, &["select"])]);

    let Body::ForeignServer(far) = &find(&snapshot, "far").body else { panic!("a server") };
    assert_eq!((far.wrapper.as_str(), far.server_type.as_deref()), ("w", Some("store")));
    assert_eq!((far.server_version.as_deref(), far.comment.as_deref()), (Some("7"), Some("elsewhere")));
    assert_eq!((far.options.join(","), far.options_hash.len()), ("port,host,secret".into(), 64));
    let [right] = far.privileges.as_slice() else { panic!("one right: {:?}", far.privileges) };
    assert_eq!(
        (right.grantee.as_str(), right.grantable.as_slice()),
        (role.as_str(), &["usage".to_owned()][..])
    );
    let Body::ForeignServer(plain) = &find(&snapshot, "plain").body else { panic!("a server") };
    assert_eq!(
        (plain.options.len(), plain.options_hash.as_str(), plain.server_type.as_deref()),
        (0, "", None)
    );
    let text = serde_json::to_string(&snapshot).unwrap();
    assert!(!text.contains("hunter2"), "an option's value");
}

#[tokio::test]
async fn rights_on_wrappers_languages_and_large_objects_are_read() {
    let database = empty();
    let role = Server::shared().create_role("grantee", "").name;
    database.psql(
        "CREATE FOREIGN DATA WRAPPER own; SELECT lo_create(1001); SELECT lo_create(1002); SELECT lo_create(1003)",
    );
    assert_eq!(count(&scan(&database.url()).await, "database"), 0, "nobody was given anything");
    database.psql(&format!(
        "GRANT USAGE ON FOREIGN DATA WRAPPER own TO \"{role}\" WITH GRANT OPTION; \
         GRANT USAGE ON LANGUAGE plpgsql TO \"{role}\"; REVOKE USAGE ON LANGUAGE sql FROM PUBLIC; \
         GRANT SELECT ON LARGE OBJECT 1001 TO \"{role}\"; GRANT UPDATE ON LARGE OBJECT 1002 TO \"{role}\""
    ));
    let right = |kind: &str, name: &str, grantee: &str, rights: &[&str], is_passed_on: bool| {
        let rights: Vec<String> = rights.iter().map(ToString::to_string).collect();
        let (kind, name, grantee) = (kind.to_owned(), name.to_owned(), grantee.to_owned());
        let grantable = if is_passed_on { rights.clone() } else { Vec::new() };
        OtherPrivilege { kind, name, grantee, rights, grantable }
    };
    let mut expected = [
        right("foreign_data_wrapper", "own", &role, &["usage"], true),
        right("language", "plpgsql", &role, &["usage"], false),
        right("language", "sql", "public", &[], false),
        right("large_object", "", &role, &["select", "update"], false),
    ];
    expected.sort();
    let told = async || {
        let snapshot = domain::canonicalize(scan(&database.url()).await);
        let Body::Database(told) = &find(&snapshot, "database").body else { panic!("a database") };
        told.other_privileges.clone()
    };
    assert_eq!(told().await, expected);
    // What is made with data is no change of the schema.
    database.psql("SELECT lo_create(1004)");
    assert_eq!(told().await, expected);
}

#[tokio::test]
async fn sizes_what_views_call_and_named_not_nulls_are_read() {
    let database = empty();
    database.psql(
        "CREATE TABLE t (id int PRIMARY KEY, n int CONSTRAINT there NOT NULL, long text); \
         CREATE TABLE unknown (id int); ALTER TABLE t ALTER long SET STORAGE EXTERNAL; \
         INSERT INTO t SELECT g, g, repeat(md5(g::text), 200) FROM generate_series(1, 500) g; \
         CREATE TABLE parts (id int) PARTITION BY RANGE (id); \
         CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (100000); CREATE INDEX ON parts (id); \
         INSERT INTO parts SELECT generate_series(1, 20000); \
         CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
         CREATE VIEW v AS SELECT f(id, long) AS a, lower(long) AS b FROM t; \
         CREATE MATERIALIZED VIEW m AS SELECT f(1, 'x')",
    );
    database.psql("VACUUM ANALYZE t");
    database.psql("VACUUM ANALYZE part");
    database.psql("ANALYZE m");
    let snapshot = scan(&database.url()).await;
    let exact = |name: &str| -> u64 {
        database.psql(&format!("SELECT pg_total_relation_size('{name}')")).trim().parse().unwrap()
    };
    for (path, name) in [("public.t", "t"), ("public.parts", "part")] {
        let (told, exact) = (table(&snapshot, path).estimated_bytes.unwrap(), exact(name));
        // The exact size has the maps of free space and of visible pages in it, and the index of the long values.
        assert!(told <= exact && told * 10 >= exact * 8, "{path}: {told} of {exact}");
    }
    assert_eq!(table(&snapshot, "public.unknown").estimated_bytes, None, "nobody has looked at it");
    let view = |path: &str| match &find(&snapshot, path).body {
        Body::View(view) | Body::MaterializedView(view) => view.clone(),
        other => panic!("{path} is a {}", other.kind()),
    };
    let (v, m) = (view("public.v"), view("public.m"));
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((v.depends_on, v.calls), (texts(&["public.t"]), texts(&["public.f(integer, text)"])));
    assert_eq!((v.estimated_bytes, m.depends_on.len(), m.calls.len()), (None, 0, 1));
    assert!((1..=exact("m")).contains(&m.estimated_bytes.unwrap()));

    // Before 18 the server forgets the name.
    let major: u32 = snapshot.header.engine_version.split('.').next().unwrap().parse().unwrap();
    let of = |snapshot: &Snapshot, table_path: &str| {
        let columns = &table(snapshot, table_path).columns;
        columns.iter().map(|column| column.not_null.clone()).collect::<Vec<_>>()
    };
    let there = NotNull { name: Some("there".into()), validated: true, ..NotNull::default() };
    assert_eq!(of(&snapshot, "public.t"), [None, (major >= 18).then_some(there), None]);
    if major < 18 {
        return;
    }
    database.psql(
        "CREATE TABLE late (a int, b int, c int); INSERT INTO late VALUES (NULL, 1, 1); \
         ALTER TABLE late ADD CONSTRAINT soon NOT NULL a NOT VALID, ADD NOT NULL b NO INHERIT, ADD NOT NULL c; \
         CREATE TABLE heir (d int NOT NULL) INHERITS (t); \
         COMMENT ON CONSTRAINT late_c_not_null ON late IS 'why'",
    );
    let snapshot = scan(&database.url()).await;
    assert_eq!(
        of(&snapshot, "public.late"),
        [
            Some(NotNull { name: Some("soon".into()), ..NotNull::default() }),
            Some(NotNull { validated: true, no_inherit: true, ..NotNull::default() }),
            Some(NotNull { validated: true, comment: Some("why".into()), ..NotNull::default() }),
        ]
    );
    assert_eq!(of(&snapshot, "public.heir"), [None, None, None, None], "what is inherited is the parent's");
}
