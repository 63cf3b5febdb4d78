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
    ];
    let owner_of_server = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; \
                           GRANT USAGE ON FOREIGN DATA WRAPPER w TO \"$\"; ALTER SERVER far OWNER TO \"$\"";
    let owner_of_all =
        "DO 'BEGIN EXECUTE format(''ALTER DATABASE %I OWNER TO \"$\"'', current_database()); END'";
    let cases = [
        ("SUPERUSER", "", "superuser"),
        ("BYPASSRLS", "", "bypasses_row_security"),
        ("CREATEROLE", "", "creates_roles"),
        ("", "GRANT pg_execute_server_program TO \"$\"", "dangerous_membership"),
        ("NOINHERIT", "GRANT pg_write_all_data TO \"$\"", "dangerous_membership"),
        ("", "GRANT UPDATE (title) ON film TO \"$\"", "can_write"),
        ("", "GRANT TRUNCATE ON film TO \"$\"", "can_write"),
        ("", "GRANT DELETE ON payment_p2022_01 TO \"$\"", "can_write"),
        ("", "GRANT USAGE ON SEQUENCE film_film_id_seq TO \"$\"", "can_move_sequences"),
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
    // There is such a role from release 14 on.
    let writes_all = |grant: &str| grant.contains("pg_write_all_data");
    let is_old = server.major() < 14;
    for (attributes, grant, expected) in
        cases.into_iter().filter(|(_, grant, _)| !is_old || !writes_all(grant))
    {
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
