use super::*;

fn postgres_target(url: &str) -> PostgresTarget {
    match Source::parse("shop", url).unwrap().target {
        Target::Postgres(target) => *target,
        _ => panic!("{url} is PostgreSQL"),
    }
}

#[test]
fn what_crosses_a_network_is_encrypted_unless_that_is_switched_off_by_name() {
    let cases = [
        ("postgres://u:p@127.0.0.1/d", SslMode::Disable),
        ("postgres://u:p@localhost:5433/d", SslMode::Disable),
        ("postgres://u:p@[::1]/d", SslMode::Disable),
        ("postgres://u@%2Fvar%2Frun%2Fpostgresql/d", SslMode::Disable),
        ("postgres://u:p@db.example.com/d", SslMode::Require),
        ("postgres://u:p@db.example.com/d?sslmode=prefer", SslMode::Require),
        ("postgres://u:p@db.example.com/d?sslmode=verify-full", SslMode::Require),
        ("postgres://u:p@db.example.com/d?sslmode=disable", SslMode::Disable),
    ];
    for (url, expected) in cases {
        assert_eq!(postgres_target(url).config.get_ssl_mode(), expected, "{url}");
    }
}

#[test]
fn an_address_that_cannot_work_is_refused_without_repeating_it() {
    let cases = [
        ("mysql://root:hunter2@db", "names no database"),
        ("mysql://:hunter2@db/shop", "names no user"),
        ("mysql://root:hunter2@db/shop?ssl-mode=maybe", "ssl-mode"),
        ("mysql://root:hunter2@db/shop?prefer_socket=hunter2", "not understood"),
        ("redis://:hunter2@db", "must start with"),
        ("postgres://:hunter2@/d", "no"),
        ("postgres://u:hunter2@db/d?sslmode=maybe", "sslmode"),
        ("postgres://u:hunter2@db/d?colour=hunter2", "not understood"),
        ("sqlite:", "path of a file"),
    ];
    for (url, expected) in cases {
        let error = Source::parse("shop", url).unwrap_err().to_string();
        assert!(error.contains(expected), "{url}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn debug_shows_no_password() {
    let source = Source::parse("shop", "postgres://u:hunter2@localhost/d").unwrap();
    assert_eq!(format!("{source:?}"), "Source { name: \"shop\", engine: Postgres, .. }");
    let error = Source::parse_assignment("postgres://u:hunter2@localhost/d?a=b").unwrap_err();
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn the_environment_names_sources() {
    let set = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Source::from_environment(pairs)
    };
    let sources = set(&[
        ("BASTION_SOURCE_SHOP_URL", "sqlite:shop.db"),
        ("DB_ENGINE", "postgres"),
        ("DB_HOST", "db.example.com"),
        ("DB_NAME", "shop/1"),
        ("DB_USER", "reader@home"),
        ("DB_PASSWORD", "p@ss:word/?"),
    ])
    .unwrap();
    let names: Vec<_> = sources.iter().map(Source::name).collect();
    assert_eq!(names, ["shop", "default"]);
    let Target::Postgres(target) = sources[1].target() else { panic!("DB_ENGINE says postgres") };
    assert_eq!(target.config.get_user(), Some("reader@home"));
    assert_eq!(target.config.get_password(), Some("p@ss:word/?".as_bytes()));
    assert_eq!(target.config.get_dbname(), Some("shop/1"));

    // As `echo` writes it.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, b"p@ss:word/?\n").unwrap();
    let path = file.path().display().to_string();
    let of_file = |path: &str| {
        let [engine, host, name, user] =
            [("DB_ENGINE", "postgres"), ("DB_HOST", "db"), ("DB_NAME", "shop"), ("DB_USER", "reader")];
        set(&[engine, host, name, user, ("DB_PASSWORD_FILE", path)])
    };
    let sources = of_file(&path).unwrap();
    let Target::Postgres(target) = sources[0].target() else { panic!("DB_ENGINE says postgres") };
    assert_eq!(target.config.get_password(), Some("p@ss:word/?".as_bytes()));
    let error = of_file("/nowhere/password").unwrap_err();
    assert!(error.to_string().starts_with("DB_PASSWORD_FILE"), "{error}");

    let error = set(&[("DB_ENGINE", "postgres"), ("DB_HOST", "db")]).unwrap_err();
    assert!(error.to_string().starts_with("DB_USER"), "{error}");
}
