use std::path::Path;

use testkit::postgres::encrypted::Encrypted;

use super::*;

async fn findings(url: &str) -> Vec<(String, bool)> {
    let info = source(url).info(Limits::default()).await;
    assert!(info.reachable, "{:?}", info.findings);
    info.findings.into_iter().map(|finding| (finding.code, finding.unsafe_)).collect()
}

#[tokio::test]
async fn a_role_as_set_up_is_safe() {
    let database = pagila();
    let url = database.url_as(&reader(&database));
    assert_eq!(findings(&url).await, []);
    source(&url).require_safe_role(Limits::default()).await.unwrap();
}

#[tokio::test]
async fn every_right_beyond_reading_is_found() {
    let database = pagila();
    let server = Server::shared();
    // `$` is the role; `%` one that it may become.
    let other = server.create_role("other", "").name;
    let as_other = |grant: &str| format!("{grant}; GRANT \"%\" TO \"$\"");
    let of_other = [
        as_other("GRANT INSERT ON film TO \"%\""),
        as_other("GRANT UPDATE (title) ON film TO \"%\""),
        as_other("GRANT UPDATE ON SEQUENCE film_film_id_seq TO \"%\""),
        as_other("ALTER TABLE film OWNER TO \"%\""),
        as_other("SELECT lo_create(702); GRANT UPDATE ON LARGE OBJECT 702 TO \"%\""),
        as_other("GRANT CREATE ON SCHEMA public TO \"%\""),
        as_other("GRANT TRIGGER ON film TO \"%\""),
        as_other("GRANT REFERENCES (title) ON film TO \"%\""),
    ];
    let owner_of_server = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; \
                           GRANT USAGE ON FOREIGN DATA WRAPPER w TO \"$\"; ALTER SERVER far OWNER TO \"$\"";
    // What it may become may be more than it is.
    let attributed = server.create_role("attributed", "").name;
    let becomes =
        |attribute: &str| format!("ALTER ROLE \"{attributed}\" {attribute}; GRANT \"{attributed}\" TO \"$\"");
    let of_attributes = [
        becomes("SUPERUSER"),
        becomes("NOSUPERUSER BYPASSRLS"),
        becomes("NOBYPASSRLS CREATEROLE"),
        becomes("NOCREATEROLE REPLICATION"),
        becomes("NOREPLICATION CREATEDB"),
    ];
    let create_here =
        "DO 'BEGIN EXECUTE format(''GRANT CREATE ON DATABASE %I TO \"$\"'', current_database()); END'";
    let owned = [
        "CREATE COLLATION c (locale = 'C'); ALTER COLLATION c OWNER TO \"$\"",
        "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; ALTER CONVERSION c OWNER TO \"$\"",
        "CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); \
         ALTER OPERATOR ### (int, int) OWNER TO \"$\"",
        "CREATE OPERATOR FAMILY kin USING btree; ALTER OPERATOR FAMILY kin USING btree OWNER TO \"$\"",
        "CREATE OPERATOR CLASS kind FOR TYPE int USING hash AS STORAGE int; \
         ALTER OPERATOR CLASS kind USING hash OWNER TO \"$\"",
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple); ALTER TEXT SEARCH CONFIGURATION words OWNER TO \"$\"",
        "CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple); ALTER TEXT SEARCH DICTIONARY words OWNER TO \"$\"",
        "CREATE STATISTICS likeness ON title, length FROM film; ALTER STATISTICS likeness OWNER TO \"$\"",
        "CREATE PUBLICATION news; ALTER PUBLICATION news OWNER TO \"$\"",
        "ALTER TABLE film OWNER TO pg_monitor; GRANT pg_monitor TO \"$\"",
    ];
    let owner_of_all =
        "DO 'BEGIN EXECUTE format(''ALTER DATABASE %I OWNER TO \"$\"'', current_database()); END'";
    let cases = [
        ("SUPERUSER", "", "superuser"),
        ("BYPASSRLS", "", "bypasses_row_security"),
        ("CREATEROLE", "", "creates_roles"),
        ("REPLICATION", "", "replication"),
        ("CREATEDB", "", "creates_databases"),
        ("NOINHERIT", &of_attributes[0], "superuser"),
        ("", &of_attributes[1], "bypasses_row_security"),
        ("", &of_attributes[2], "creates_roles"),
        ("NOINHERIT", &of_attributes[3], "replication"),
        ("", &of_attributes[4], "creates_databases"),
        ("", "GRANT pg_execute_server_program TO \"$\"", "dangerous_membership"),
        ("NOINHERIT", "GRANT pg_write_all_data TO \"$\"", "dangerous_membership"),
        ("", "GRANT UPDATE (title) ON film TO \"$\"", "can_write"),
        ("", "GRANT TRUNCATE ON film TO \"$\"", "can_write"),
        ("", "GRANT DELETE ON payment_p2022_01 TO \"$\"", "can_write"),
        ("", "GRANT USAGE ON SEQUENCE film_film_id_seq TO \"$\"", "can_move_sequences"),
        ("", "GRANT TRIGGER ON film TO \"$\"", "can_hinder_writes"),
        ("", "GRANT REFERENCES ON film TO \"$\"", "can_hinder_writes"),
        ("", "GRANT REFERENCES (title) ON film TO \"$\"", "can_hinder_writes"),
        ("", "GRANT MAINTAIN ON film TO \"$\"", "can_hinder_writes"),
        ("", "GRANT CREATE ON SCHEMA public TO \"$\"", "can_create"),
        ("", create_here, "can_create_schemas"),
        ("NOINHERIT", &of_other[5], "can_create"),
        ("NOINHERIT", &of_other[6], "can_hinder_writes"),
        ("NOINHERIT", &of_other[7], "can_hinder_writes"),
        ("", "ALTER VIEW film_list OWNER TO \"$\"", "owns_objects"),
        ("", "ALTER TABLE payment_p2022_01 OWNER TO \"$\"", "owns_objects"),
        ("", "ALTER FUNCTION last_day OWNER TO \"$\"", "owns_objects"),
        ("", "ALTER TYPE mpaa_rating OWNER TO \"$\"", "owns_objects"),
        ("", "ALTER SCHEMA public OWNER TO \"$\"", "owns_objects"),
        ("", owner_of_server, "owns_objects"),
        ("", "SELECT lo_create(701); GRANT UPDATE ON LARGE OBJECT 701 TO \"$\"", "can_write_large_objects"),
        ("", owner_of_all, "owns_database"),
        ("NOINHERIT", &of_other[0], "can_write"),
        ("NOINHERIT", &of_other[1], "can_write"),
        ("NOINHERIT", &of_other[2], "can_move_sequences"),
        ("NOINHERIT", &of_other[3], "owns_objects"),
        ("NOINHERIT", &of_other[4], "can_write_large_objects"),
    ];
    let cases = cases.into_iter().chain(owned.map(|owned| ("", owned, "owns_objects")));
    // There is such a role from release 14 on, and such a right from 17 on.
    let later = [("pg_write_all_data", 14), ("MAINTAIN", 17)];
    let is_known =
        |grant: &str| later.iter().all(|(word, since)| server.major() >= *since || !grant.contains(word));
    database.psql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    for (attributes, grant, expected) in cases.filter(|(_, grant, _)| is_known(grant)) {
        let role = server.create_role("unsafe", attributes);
        database.psql(&grant.replace('$', &role.name).replace("\"%\"", &format!("\"{other}\"")));
        let url = database.url_as(&role);
        let found = findings(&url).await;
        assert!(found.contains(&(expected.to_owned(), true)), "{expected}: {found:?}");
        let error = source(&url).require_safe_role(Limits::default()).await.unwrap_err();
        assert_eq!(error.code(), "unsafe_role");
        assert!(error.to_string().contains("bastion-mcp setup-sql postgres"), "{error}");
        database.psql(&format!(
            "REASSIGN OWNED BY \"{0}\", \"{other}\" TO postgres; DROP OWNED BY \"{0}\", \"{other}\"",
            role.name
        ));
    }
    // A right that changes nothing by itself is told, and refused by nobody.
    let role = server.create_role("maker", "");
    database.psql(&format!("GRANT USAGE ON FOREIGN DATA WRAPPER w TO \"{}\"", role.name));
    let found = findings(&database.url_as(&role)).await;
    assert!(found.contains(&("can_make_servers".to_owned(), false)), "{found:?}");
    assert!(found.iter().all(|(_, is_unsafe)| !is_unsafe), "{found:?}");
    database.psql(&format!("DROP OWNED BY \"{}\"", role.name));
}

#[tokio::test]
async fn the_printed_setup_makes_a_safe_role() {
    let database = pagila();
    let role = Server::shared().create_role("placeholder", "");
    database.psql(&format!("DROP ROLE \"{}\"", role.name));
    let setup = scan::setup::POSTGRES.replace("bastion ", &format!("\"{}\" ", role.name));
    let setup = setup.replace("TO bastion;", &format!("TO \"{}\";", role.name));
    database.psql(&setup.replace("change-me", &role.password));
    assert_eq!(findings(&database.url_as(&role)).await, []);
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it() {
    let database = empty();
    let role = Server::shared().create_role("wrong", "");
    let wrong = Role { password: "hunter2".into(), ..role };
    let error = source(&database.url_as(&wrong)).require_safe_role(Limits::default()).await.unwrap_err();
    assert_eq!(error.code(), "sign_in_refused");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_full_server_is_not_said_to_refuse_the_sign_in() {
    let database = empty();
    let role = Server::shared().create_role("crowded", "CONNECTION LIMIT 0");
    let error = source(&database.url_as(&role)).require_safe_role(Limits::default()).await.unwrap_err();
    assert_eq!(error.code(), "unreachable", "{error}");
    assert!(error.to_string().contains("too many connections"), "{error}");
}

/// What `look` answers a role that can only read.
async fn safe_look(url: &str, limits: Limits) -> Result<String, ScanError> {
    let looked = source(url).safe_look(None, &Filter::default(), limits, &CancellationToken::new()).await;
    looked.map(|(fingerprint, _)| fingerprint)
}

#[tokio::test]
async fn a_look_is_refused_to_a_role_that_can_write_and_needs_no_second_connection() {
    let database = pagila();
    let limits = Limits::default();
    let (reader, lonely) = (reader(&database), Server::shared().create_role("lonely", "CONNECTION LIMIT 1"));
    let known = source(&database.url()).fingerprint(limits, &CancellationToken::new()).await.unwrap();
    for (url, limits) in [
        (database.url_as(&reader), limits),
        (database.url_as(&lonely), limits),
        (database.url_as(&lonely), Limits { catalog_at_once: u64::MAX, ..limits }),
    ] {
        assert_eq!(safe_look(&url, limits).await.unwrap(), known);
    }
    assert_eq!(safe_look(&database.url(), limits).await.unwrap_err().code(), "unsafe_role");
}

#[tokio::test]
async fn each_table_counts_however_many_have_the_same_rights() {
    let database = empty();
    let role = Server::shared().create_role("counted", "");
    database.psql(&format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE TABLE a (id int); CREATE TABLE b (id int); \
         CREATE TABLE c (id int); CREATE TABLE d (id int); CREATE TABLE e (id int); CREATE SEQUENCE s; \
         CREATE VIEW v AS SELECT 1; GRANT SELECT ON a, b, v TO \"{0}\"; GRANT SELECT, INSERT ON c, d TO \"{0}\"; \
         GRANT SELECT, UPDATE (id) ON e TO \"{0}\"; GRANT TRIGGER ON a, b TO \"{0}\"",
        role.name
    ));
    let info = source(&database.url_as(&role)).info(Limits::default()).await;
    let told = |code: &str| {
        let finding = info.findings.iter().find(|finding| finding.code == code);
        finding
            .and_then(|finding| finding.message.split_whitespace().find_map(|word| word.parse::<u32>().ok()))
    };
    assert_eq!(told("can_write"), Some(3));
    assert_eq!(told("can_hinder_writes"), Some(2));
    assert_eq!(told("cannot_read"), None, "{:?}", info.findings);
    database.psql(&format!("DROP OWNED BY \"{}\"", role.name));
}

#[tokio::test]
async fn a_grant_on_a_column_counts_for_its_table() {
    let database = pagila();
    let role = Server::shared().create_role("column", "");
    let unreadable = async || {
        let info = source(&database.url_as(&role)).info(Limits::default()).await;
        let finding = info.findings.iter().find(|finding| finding.code == "cannot_read").unwrap();
        finding.message.split_whitespace().find_map(|word| word.parse::<u32>().ok()).unwrap()
    };
    let before = unreadable().await;
    database.psql(&format!("GRANT SELECT (title) ON film TO \"{}\"", role.name));
    assert_eq!(unreadable().await, before - 1);
    database.psql(&format!("GRANT SELECT ON actor TO \"{}\"", role.name));
    assert_eq!(unreadable().await, before - 2);
    database.psql(&format!("DROP OWNED BY \"{}\"", role.name));
}

#[tokio::test]
async fn a_certificate_is_checked_in_full_where_tls_is_asked_for() {
    let server = Encrypted::start();
    let (ours, other, plain) = (server.authority(), server.other_authority(), server.url());
    let with =
        |mode: &str, authority: &Path| format!("{plain}?sslmode={mode}&sslrootcert={}", authority.display());
    for mode in ["require", "verify-ca", "verify-full"] {
        assert_eq!(findings(&with(mode, &ours)).await, [("superuser".to_owned(), true)], "{mode}");
    }
    assert_eq!(count(&scan(&with("require", &ours)).await, "schema"), 1);
    let elsewhere = with("require", &ours).replace("127.0.0.1", "localhost");
    let missing = Path::new("/nowhere/at/all.pem");
    let without = format!("{}?sslmode=require&sslrootcert={}", empty().url(), ours.display());
    let refused = [
        ("another authority's", with("require", &other), "plaintext", "sslrootcert="),
        ("nobody's that this machine knows", format!("{plain}?sslmode=require"), "", "sslrootcert="),
        ("another host's", elsewhere, "plaintext", "no verified TLS"),
        ("one that is not looked for", format!("{plain}?sslmode=disable"), "sign_in_refused", ""),
        ("none", without, "plaintext", "no verified TLS"),
        ("an authority's that cannot be read", with("require", missing), "unreachable", "sslrootcert"),
    ];
    for (what, url, code, words) in refused {
        let info = source(&url).info(Limits::default()).await;
        let finding = &info.findings[0];
        assert!(!info.reachable && finding.code.contains(code), "{what}: {finding:?}");
        assert!(finding.message.contains(words), "{what}: {finding:?}");
        assert!(!finding.message.contains(server.password()), "{what}");
    }
}
