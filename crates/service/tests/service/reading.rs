//! What can be read after scans.

use std::collections::BTreeSet;

use serde_json::json;
use service::page::Paging;
use service::{agent, overview, ownership, quality, scan, schema, source, worker};
use types::agent::AgentStatus;
use types::connection::Transport;
use types::overview::Verdict;
use types::profile::{
    ColumnProfile, Confidence, Level, PiiClass, Quantile, SemanticType, Semantics, Shape, TopValue,
};
use types::quality::Health;
use types::run::StartScan;
use types::schema::{ColumnDetail, DescriptionOrigin, PatchObject};
use types::source::{CreateSource, PatchSource, Schedule};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::World;

on_both_databases![
    a_spike_of_nulls_is_seen_everywhere,
    columns_are_listed_in_every_order_page_by_page,
    a_persons_words_stay_through_scans,
    an_object_is_shown_with_what_is_around_it,
    what_values_look_like_is_shown_without_the_values,
    several_sources_must_be_named_where_one_is_meant,
    a_moved_address_does_not_take_the_token_along,
];

async fn a_spike_of_nulls_is_seen_everywhere(world: &World) {
    let untouched = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((untouched.trust.verdict, untouched.quality_score), (Verdict::Unknown, None));
    world.scan().await;
    world.advance(24 * 60 * 60);
    let now = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), 60, now);
    world.scan().await;
    let filter = quality::Filter { health: Some(Health::Critical), ..quality::Filter::default() };
    let paging = Paging::new(None, None).unwrap();
    let page = quality::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
    let [note] = page.items.as_slice() else { panic!("{:?}", page.items) };
    assert_eq!(
        (note.column.as_str(), note.null_percent, note.previous_null_percent),
        ("note", Some(60.0), Some(0.0))
    );
    assert_eq!(note.deductions[0].code, "null_jump");
    assert_eq!(note.freshness_seconds, Some(3600));
    assert_eq!((page.totals.critical, page.totals.healthy), (1, 8));
    let trends =
        quality::trends(&world.context, &world.scope().await, quality::Range::default()).await.unwrap();
    assert_eq!(trends.null_percent[0].name, "public.orders.note");
    assert_eq!(trends.null_percent[0].points.len(), 2);
    let [spike] = trends.null_spikes.as_slice() else { panic!("{:?}", trends.null_spikes) };
    assert_eq!((spike.before_percent, spike.after_percent), (0.0, 60.0));
    assert_eq!(trends.row_count.len(), 3);
    let page = overview::get(&world.context, &world.scope().await, Some("shop")).await.unwrap();
    assert_eq!(page.trust.sentence, "Not trustworthy: 1 critical column");
    let first = &page.attention[0];
    assert_eq!((first.kind.as_str(), first.severity.as_str()), ("incident", "critical"));
    assert!(first.message.starts_with("public.orders.note is 60.0 % NULL"), "{}", first.message);
    let stats = quality::stats(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((stats.tables, stats.totals.critical), (3, 1));
    assert_eq!(
        stats.null_distribution.iter().map(|bucket| bucket.count).collect::<Vec<_>>(),
        [8, 0, 0, 0, 0, 1]
    );
}

async fn columns_are_listed_in_every_order_page_by_page(world: &World) {
    let now = world.context.now();
    world.agent.state().profiles = shop::contents(&shop::catalog(), 30, now);
    world.scan().await;
    use quality::Sort;
    for sort in [Sort::Name, Sort::Health, Sort::NullPercent, Sort::Uniqueness, Sort::Freshness] {
        let mut seen = listed(world, sort, false).await;
        assert_eq!(seen.len(), 9, "{sort:?} {seen:?}");
        let first = match sort {
            Sort::NullPercent => "public.orders.note",
            Sort::Freshness => "public.orders.created_at",
            Sort::Name | Sort::Health | Sort::Uniqueness => "public.customer.city",
        };
        assert_eq!(seen[0], first, "{sort:?}");
        let mut backwards = listed(world, sort, true).await;
        backwards.reverse();
        assert_eq!(seen, backwards, "{sort:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 9, "{sort:?}");
    }
    for (text, count) in [("NOTE", 1), ("customer", 4), ("%", 0), ("_", 2)] {
        let filter = quality::Filter { text: Some(text.into()), ..quality::Filter::default() };
        let paging = Paging::new(None, None).unwrap();
        let page = quality::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
        assert_eq!(page.items.len(), count, "{text}");
    }
}

/// The names of all columns, read four at a time.
async fn listed(world: &World, sort: quality::Sort, reverse: bool) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let paging = Paging::new(Some(4), cursor).unwrap();
        let filter = quality::Filter { sort, reverse, ..quality::Filter::default() };
        let page = quality::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
        seen.extend(page.items.iter().map(|column| format!("{}.{}", column.table, column.column)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return seen;
        }
    }
}

async fn a_persons_words_stay_through_scans(world: &World) {
    world.scan().await;
    let path = "public.customer.city";
    let words = |text: &str| PatchObject { description: Some(text.into()), ..PatchObject::default() };
    let described =
        schema::patch_object(&world.context, &world.scope().await, None, path, words("Where they live."))
            .await
            .unwrap();
    let city = |detail: &types::schema::ObjectDetail| {
        detail.columns.iter().find(|column| column.name == "city").unwrap().description.clone().unwrap()
    };
    assert_eq!(city(&described).origin, DescriptionOrigin::Person);
    let mut objects = shop::without_city();
    objects.pop();
    objects[1] = shop::catalog()[1].clone();
    world.change(objects);
    world.scan().await;
    let detail = schema::object(&world.context, &world.scope().await, None, "public.customer", None)
        .await
        .unwrap()
        .document;
    assert_eq!(city(&detail).text, "Where they live.");
}

/// The tags of the source and of one of its tables.
async fn tags(world: &World) -> [String; 2] {
    let object =
        schema::object(&world.context, &world.scope().await, None, "public.customer", None).await.unwrap();
    [source::get(&world.context, &world.scope().await, "shop").await.unwrap().tag, object.tag]
}

async fn an_object_is_shown_with_what_is_around_it(world: &World) {
    world.scan().await;
    let before = tags(world).await;
    world.change(shop::without_city());
    world.scan().await;
    assert_eq!(tags(world).await, before, "what a scan finds keeps nobody from changing what they have read");
    let detail = schema::object(&world.context, &world.scope().await, None, "public.customer", None)
        .await
        .unwrap()
        .document;
    assert_eq!((detail.version, detail.row_count), (2, Some(100)));
    assert_eq!(detail.referenced_by[0].table, "public.orders");
    assert_eq!(detail.used_by, ["public.customer_list"]);
    assert_eq!((detail.history.len(), detail.history[0].changes.len()), (1, 1));
    assert!(detail.columns[0].primary_key && detail.columns[0].unique);
    let old = schema::object(&world.context, &world.scope().await, None, "public.customer", Some(1))
        .await
        .unwrap()
        .document;
    assert_eq!(old.columns.len(), 3);
    let graph = schema::graph(&world.context, &world.scope().await, None, None).await.unwrap();
    assert_eq!((graph.tables.len(), graph.edges.len()), (4, 1));
    let hits = schema::search(
        &world.context,
        &world.scope().await,
        None,
        "Customer",
        None,
        ownership::Filter::default(),
    )
    .await
    .unwrap();
    let paths: Vec<_> = hits.items.iter().map(|hit| hit.path.as_str()).collect();
    assert_eq!(paths, ["public.customer", "public.customer_list", "public.orders.customer_id"]);
    let between = schema::Between { from: Some("shop:2".into()), to: Some("1".into()) };
    let comparison = schema::compare(&world.context, &world.scope().await, None, between).await.unwrap();
    assert_eq!(comparison.changes[0].kind, "column.added");
    let cards = agent::list(&world.context, &world.scope().await, None).await.unwrap().agents;
    assert!(
        cards.iter().all(|card| card.status == AgentStatus::Idle && card.last_error.is_none()),
        "{cards:?}"
    );
}

/// Gives a column of the shop's customers other facets.
fn look(world: &World, name: &str, change: impl FnOnce(&mut ColumnProfile)) {
    let mut state = world.agent.state();
    let table = state.profiles.iter_mut().find(|profile| profile.table == "public.customer").unwrap();
    change(table.columns.iter_mut().find(|column| column.column == name).unwrap());
}

async fn what_values_look_like_is_shown_without_the_values(world: &World) {
    let semantics = Semantics {
        semantic_type: SemanticType::Place,
        pii: PiiClass::Indirect,
        confidence: Confidence::Low,
        evidence: vec!["name:city".into(), "x".repeat(500)],
    };
    let form = |shape: &str| Shape { shape: shape.into(), percent: 50.0 };
    let top = TopValue { value: Some(json!("Rome")), shape: Some("Aa+".into()), count: 40, percent: 40.0 };
    look(world, "city", |column| {
        column.semantics = Some(semantics.clone());
        column.shapes = vec![form("Aa+"), form(&"a".repeat(500))];
        column.top_values = vec![top; 200];
        column.quantiles = vec![Quantile { rank: 0.5, value: json!("Rome") }];
    });
    world.scan().await;
    let show = async || {
        let scope = world.scope().await;
        schema::object(&world.context, &scope, None, "public.customer", None).await.unwrap().document
    };
    let shown = show().await;
    assert_eq!(shown.facets.map(|facets| facets.level), Some(Level::Full));
    let city = |shown: &[ColumnDetail]| {
        shown.iter().find(|column| column.name == "city").unwrap().facets.clone().unwrap()
    };
    let facets = city(&shown.columns);
    assert_eq!(facets.semantics.unwrap().evidence, ["name:city"]);
    assert_eq!(facets.shapes, [form("Aa+")]);
    // A text would be a customer's, whatever the agent takes it for.
    assert_eq!(facets.quantiles, []);
    assert!(facets.top_values.len() < 200);
    assert!(facets.top_values.iter().all(|top| top.value.is_none() && top.percent == 40.0));
    // What is said of it later takes its place.
    world.advance(3600);
    look(world, "city", |column| column.shapes = vec![form("A+")]);
    world.agent.state().profiles[0].row_count += 1;
    world.scan().await;
    assert_eq!(city(&show().await.columns).shapes, [form("A+")]);
}

async fn several_sources_must_be_named_where_one_is_meant(world: &World) {
    world.scan().await;
    let input = CreateSource {
        name: "other".into(),
        transport: Transport::Direct,
        url: Some("http://agent.example/mcp".into()),
        token: None,
        agent_source: Some("shop".into()),
        tool_prefix: None,
        schedule: Schedule::default(),
    };
    let other = source::create(&world.context, &world.scope().await, input.clone()).await.unwrap();
    let twin = source::create(&world.context, &world.scope().await, input).await;
    assert!(matches!(twin, Err(service::Error::Conflict(_))), "{twin:?}");
    let latest = async |named: Option<&str>| {
        schema::latest(&world.context, &world.scope().await, named, ownership::Filter::default()).await
    };
    assert!(matches!(latest(None).await, Err(service::Error::SourceRequired)));
    assert!(matches!(latest(Some("other")).await, Err(service::Error::NoSnapshot)));
    assert!(matches!(latest(Some("nobody")).await, Err(service::Error::NotFound("source"))));
    assert_eq!(latest(Some("shop")).await.unwrap().version, 1);
    let page = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((page.sources, page.sources_scanned, page.tables), (2, 1, 3));
    both_are_scanned(world).await;
    source::delete(&world.context, &world.scope().await, &other.id.to_string()).await.unwrap();
    assert_eq!(latest(None).await.unwrap().source, "shop");
}

/// Scans the other source, which has no cities, and reads of both at once, of each, and how they differ.
async fn both_are_scanned(world: &World) {
    world.change(shop::without_city());
    let other = StartScan { source: Some("other".into()) };
    scan::start(&world.context, &world.scope().await, other).await.unwrap();
    worker::drain(&world.context).await.unwrap();
    // Columns of the view are not measured.
    for (named, tables, columns, measured) in
        [(None, 6, 19, 17), (Some("shop"), 3, 10, 9), (Some("other"), 3, 9, 8)]
    {
        let page = overview::get(&world.context, &world.scope().await, named).await.unwrap();
        assert_eq!(
            (page.tables, page.columns, page.quality_score),
            (tables, columns, Some(100.0)),
            "{named:?}"
        );
        let bars: Vec<_> = page.null_distribution.iter().map(|bar| bar.count).collect();
        assert_eq!(bars, [measured, 0, 0, 0, 0, 0], "{named:?}");
        let filter = quality::Filter { source: named.map(str::to_owned), ..quality::Filter::default() };
        let paging = Paging::new(None, None).unwrap();
        let page = quality::list(&world.context, &world.scope().await, filter, &paging).await.unwrap();
        assert_eq!((page.items.len(), page.totals.healthy), (measured as usize, measured), "{named:?}");
        let sources: BTreeSet<_> = page.items.iter().map(|column| column.source.as_str()).collect();
        assert_eq!(sources, named.map_or(["other", "shop"].into(), |named| [named].into()));
    }
    let page = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!((page.sources, page.sources_scanned, page.last_scan_at), (2, 2, Some(world.context.now())));
    let between = schema::Between { from: Some("shop:1".into()), to: Some("other:1".into()) };
    let compared = schema::compare(&world.context, &world.scope().await, None, between).await.unwrap();
    assert_eq!((compared.from.as_str(), compared.to.as_str()), ("shop:1", "other:1"));
    let changes: Vec<_> = compared.changes.iter().map(|change| (&*change.kind, &*change.path)).collect();
    assert_eq!(changes, [("column.dropped", "public.customer.city")]);
}

async fn a_moved_address_does_not_take_the_token_along(world: &World) {
    let patch = async |url: &str| {
        let input = PatchSource { url: Some(url.into()), ..PatchSource::default() };
        source::patch(&world.context, &world.scope().await, "shop", input).await
    };
    assert!(patch("http://agent.example/other").await.unwrap().token.set);
    assert!(matches!(patch("http://elsewhere.example/mcp").await, Err(service::Error::Agent(_))));
    assert!(!patch("http://agent.example:81/mcp").await.unwrap().token.set);
}
