use types::snapshot::{Body, Identity};

use super::mariadb::{self, chinook, empty, everything};
use super::*;

#[tokio::test]
async fn chinook_is_read_in_full() {
    let (database, account) = chinook();
    let snapshot = scan(&database.url_as(&account)).await;
    assert_eq!((count(&snapshot, "table"), count(&snapshot, "schema")), (11, 1));
    let path = |name: &str| format!("{}.{name}", database.name());
    let track = table(&snapshot, &path("Track"));
    assert_eq!(track.columns.len(), 9);
    assert_eq!(track.columns[1].data_type, "varchar(200)");
    assert_eq!(track.foreign_keys.len(), 3);
    let album = track.foreign_keys.iter().find(|key| key.columns == ["AlbumId"]).unwrap();
    assert_eq!(
        (album.references.as_str(), album.referenced_columns.as_slice()),
        (path("Album").as_str(), &["AlbumId".to_owned()][..])
    );
    let playlist = table(&snapshot, &path("PlaylistTrack"));
    assert_eq!(playlist.primary_key.as_ref().unwrap().columns, ["PlaylistId", "TrackId"]);
    assert!(snapshot.header.warnings.is_empty(), "{:?}", snapshot.header.warnings);
}

#[tokio::test]
async fn everything_that_the_catalog_says_is_read() {
    let (database, account) = everything();
    // Routines without the right to run them; triggers and events show to nobody who may not make them.
    database.sql(&format!("GRANT SELECT ON mysql.proc TO '{}'@'%'", account.name));
    let url = database.url_as(&account);
    let path = |name: &str| format!("{}.{name}", database.name());
    let snapshot = scan(&url).await;
    let t = table(&snapshot, &path("everything"));
    let by_name = |name: &str| t.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(t.comment.as_deref(), Some("all sorts"));
    assert_eq!(t.options, ["collation utf8mb4_unicode_ci", "engine InnoDB"]);
    assert!(t.estimated_bytes.unwrap() >= 2 * 16 * 1024, "its rows and its indexes: {t:?}");
    assert_eq!(by_name("id").identity, Some(Identity::AutoIncrement));
    assert_eq!(by_name("name").default.as_deref(), Some("'new'"));
    assert_eq!(by_name("name").comment.as_deref(), Some("its name"));
    assert_eq!(by_name("state").data_type, "enum('draft','it''s','done')");
    assert!(by_name("total").generated.as_ref().unwrap().stored);
    assert_eq!(by_name("doubled").generated.as_ref().unwrap().expression, "`parent_b` * 2");
    assert_eq!(by_name("updated_at").on_update.as_deref(), Some("current_timestamp()"));
    assert_eq!(by_name("created_at").default.as_deref(), Some("current_timestamp(3)"));
    assert!(by_name("secret").hidden && !by_name("name").hidden);
    assert_eq!(
        t.checks.iter().map(|check| check.name.as_str()).collect::<Vec<_>>(),
        ["document", "positive", "price"]
    );
    let key = &t.foreign_keys[0];
    assert_eq!(
        (key.columns.join(","), key.referenced_columns.join(",")),
        ("parent_b,parent_a".into(), "b,a".into())
    );
    assert_eq!((key.on_delete.as_str(), key.on_update.as_str()), ("set null", "cascade"));
    let index = |name: &str| t.indexes.iter().find(|index| index.name == name).unwrap();
    assert_eq!((index("name_price").unique, index("name_price").parts[0].prefix), (true, Some(10)));
    assert!(index("sorted").parts[0].descending && !index("sorted").parts[1].descending);
    assert!(!index("unseen").valid);
    assert_eq!((index("words").method.as_str(), index("places").method.as_str()), ("fulltext", "spatial"));
    assert_eq!(index("commented").comment.as_deref(), Some("by flag"));

    let parent = table(&snapshot, &path("parent"));
    assert_eq!(parent.primary_key.as_ref().unwrap().columns, ["b", "a"]);
    assert_eq!(parent.uniques[0].name, "parent_code");
    let code = &parent.columns[2];
    assert_eq!((code.default.as_deref(), code.collation.as_deref()), (Some("'it''s'"), Some("latin1_bin")));
    let partitions = table(&snapshot, &path("measured")).partitions.as_ref().unwrap();
    assert_eq!(partitions.key, "RANGE (year(`at`)) SUBPARTITION BY HASH (`id`)");
    assert_eq!(partitions.names, ["old", "recent"]);
    assert!(table(&snapshot, &path("versioned")).options.contains(&"system_versioned".to_owned()));
    assert!(table(&snapshot, &path("plain")).options.contains(&"engine MyISAM".to_owned()));

    let Body::View(cheap) = &find(&snapshot, &path("cheap")).body else { panic!("a view") };
    assert_eq!(cheap.options, ["check_option cascaded", "security_invoker", "algorithm merge"]);
    assert_eq!(cheap.columns.len(), 3);
    let Body::View(joined) = &find(&snapshot, &path("joined")).body else { panic!("a view") };
    assert_eq!(joined.depends_on, [path("cheap"), path("parent")]);
    let Body::Sequence(numbers) = &find(&snapshot, &path("numbers")).body else { panic!("a sequence") };
    assert_eq!((numbers.start, numbers.increment, numbers.minimum, numbers.maximum), (100, 5, 10, 1000));
    assert_eq!((numbers.cycle, numbers.cache), (true, Some(20)));

    let add_tax = snapshot.objects.iter().find(|object| object.body.kind() == "function").unwrap();
    let Body::Function(routine) = &add_tax.body else { panic!("a function") };
    assert_eq!(routine.arguments, "amount decimal(10,2), rate int(11)");
    assert_eq!(routine.returns.as_deref(), Some("decimal(12,2)"));
    assert_eq!((routine.volatility.as_str(), routine.security_definer), ("immutable", false));
    let Body::Procedure(tidy) = &find(&snapshot, &path("tidy(date, int(11))")).body else { panic!() };
    assert_eq!(tidy.arguments, "IN before_day date, INOUT gone int(11)");

    // An administrator sees what makes things happen by themselves.
    mariadb::grant(&database, "TRIGGER, EVENT", &account);
    let snapshot = scan(&url).await;
    let t = table(&snapshot, &path("everything"));
    assert_eq!(t.triggers.len(), 2);
    assert!(t.triggers[0].definition.starts_with("BEFORE INSERT ON everything FOR EACH ROW SET"));
    let warnings: Vec<_> = snapshot.header.warnings.iter().map(|w| (w.subject.as_str(), w.count)).collect();
    assert!(warnings.contains(&("event", 1)), "{warnings:?}");
}

#[tokio::test]
async fn the_number_of_statements_does_not_grow_with_the_number_of_tables() {
    let mut counts = Vec::new();
    for tables in [1, 30] {
        let (database, account) = empty();
        let make = |i: usize| {
            format!(
                "CREATE TABLE t{i} (id INT PRIMARY KEY, up INT, KEY (up), FOREIGN KEY (up) REFERENCES t{i} (id)); \
                 CREATE VIEW v{i} AS SELECT * FROM t{i}; CREATE SEQUENCE s{i};\n"
            )
        };
        database.sql(&(0..tables).map(make).collect::<String>());
        let snapshot = scan(&database.url_as(&account)).await;
        assert_eq!((count(&snapshot, "table"), count(&snapshot, "sequence")), (tables, tables));
        counts.push(database.statements(&account).len());
    }
    assert_eq!(counts[0], counts[1]);
    // Fifteen and the sequences for the catalog; the rest asks who answers and sets the session up.
    assert!(counts[0] <= 30, "{counts:?}");
}

#[tokio::test]
async fn a_catalog_that_changed_is_read_once() {
    let (database, account) = empty();
    database.sql("CREATE TABLE one (id INT)");
    let source = source(&database.url_as(&account));
    let (limits, cancel) = (Limits::default(), CancellationToken::new());
    let everything = Filter::default();
    let (first, read) = source.look(None, &everything, limits, &cancel).await.unwrap();
    assert_eq!(read.unwrap().header.fingerprint, first);
    assert_eq!(source.fingerprint(limits, &cancel).await.unwrap(), first);
    let (again, read) = source.look(Some(&first), &everything, limits, &cancel).await.unwrap();
    assert_eq!((again, read.is_none()), (first.clone(), true));

    database.sql("CREATE TABLE two (id INT)");
    let asked = || {
        let statements = database.statements(&account);
        statements.iter().filter(|text| text.contains("information_schema.COLUMNS")).count()
    };
    let before = asked();
    let (second, read) = source.look(Some(&first), &everything, limits, &cancel).await.unwrap();
    assert_ne!(second, first);
    let (read, scanned) = (read.unwrap(), source.scan(&everything, limits, &cancel).await.unwrap());
    assert_eq!((read.header.fingerprint, &read.objects), (scanned.header.fingerprint, &scanned.objects));
    assert_eq!(asked() - before, 2, "once for the look, and once for the scan that it spares");
    // Of a part there is one as well, and it is another.
    let part = Filter::new(&["*.two".into()], &[]).unwrap();
    let (of_part, read) = source.look(Some(&second), &part, limits, &cancel).await.unwrap();
    assert!(of_part != second && read.is_none());
    // What takes too long is left to the scan, which tells the fingerprint as well.
    let at_once = Limits { look: std::time::Duration::ZERO, ..limits };
    for filter in [&everything, &part] {
        let (none, read) = source.look(Some(&second), filter, at_once, &cancel).await.unwrap();
        assert!(none.is_empty() && read.is_none());
    }
    let scanned = source.scan(&everything, at_once, &cancel).await.unwrap();
    assert_eq!(scanned.header.fingerprint, second);
}

#[tokio::test]
async fn a_scan_tells_how_far_it_is() {
    let (database, account) = empty();
    database.sql("CREATE TABLE one (id INT)");
    let told = Mutex::new(Vec::new());
    let tell = |progress| told.lock().unwrap().push(progress);
    let source = source(&database.url_as(&account));
    source
        .scan_telling(&Filter::default(), Limits::default(), &CancellationToken::new(), &tell)
        .await
        .unwrap();
    let told = told.into_inner().unwrap();
    let total = told[0].total;
    assert!(
        told.iter().map(|progress| (progress.done, progress.total)).eq((0..total).map(|done| (done, total)))
    );
    assert_eq!(told[2].message, "reading columns");
}

#[tokio::test]
async fn what_a_filter_leaves_out_is_not_asked_for() {
    let (database, account) = everything();
    let pattern = format!("{}.p*", database.name());
    let filter = Filter::new(&[pattern], &[]).unwrap();
    let snapshot = source(&database.url_as(&account))
        .scan(&filter, Limits::default(), &CancellationToken::new())
        .await
        .unwrap();
    let names: Vec<_> = paths(&snapshot).into_iter().filter_map(|path| path.split('.').nth(1)).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"parent") && names.contains(&"plain"));
    let asked = database.statements(&account);
    let columns = asked.iter().find(|text| text.contains("information_schema.COLUMNS")).unwrap();
    assert!(columns.contains("'parent'") && !columns.contains("'everything'"), "{columns}");
}
