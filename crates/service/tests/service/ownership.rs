//! Owners and tags: where objects and columns get them from, and to whom incidents go.

use service::page::Paging;
use service::{drift, incident, overview, ownership, quality, schema};
use types::incident::{AssignIncident, DecideIncident, Decision, IncidentDetail};
use types::ownership::{Owner, OwnershipLevel, OwnershipRule, SetOwnership};
use types::permission::Role;
use types::schema::{ObjectDetail, PatchObject};
use types::{OrgId, Timestamp, UserId};

use crate::database::on_both_databases;
use crate::expectation::{HOUR, break_note, expect, incidents, kinds, not_null, only};
use crate::shop;
use crate::world::{World, founder};

on_both_databases![
    an_object_inherits_and_says_from_where,
    a_new_incident_goes_to_the_member_who_owns_its_object,
    a_team_is_named_and_nobody_is_assigned,
    what_a_person_chose_later_stays,
    an_owner_who_has_left_gets_nothing,
    columns_are_narrowed_to_whom_they_belong,
    tables_and_what_a_search_finds_are_narrowed_as_well,
    drift_is_narrowed_to_whose_objects_it_changes_or_affects,
];

async fn set(world: &World, rules: Vec<OwnershipRule>) {
    let current = ownership::get(&world.context, &world.scope().await, None).await.unwrap();
    let input = SetOwnership { version: current.version, rules };
    ownership::set(&world.context, &world.scope().await, None, input).await.unwrap();
}

fn rule(path: &str, owner: Option<Owner>, tags: &[&str]) -> OwnershipRule {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    OwnershipRule { path: Some(path.to_owned()).filter(|path| !path.is_empty()), owner, tags }
}

fn team(name: &str) -> Option<Owner> {
    Some(Owner::Team { name: name.into() })
}

async fn user(world: &World, email: &str) -> UserId {
    let tx = world.context.store.platform_read().await.unwrap();
    store::user::find_by_email(&tx, email).await.unwrap().unwrap().user.id
}

fn ada(id: UserId) -> Option<Owner> {
    Some(Owner::Member { id })
}

async fn describe(world: &World, path: &str, owner: &str, tags: &[&str]) -> ObjectDetail {
    let tags = Some(tags.iter().map(|tag| (*tag).to_owned()).collect());
    let input = PatchObject { owner: Some(owner.into()), tags, ..PatchObject::default() };
    schema::patch_object(&world.context, &world.scope().await, None, path, input).await.unwrap()
}

/// A scan finds an order without a note, which nobody expects.
async fn break_orders(world: &World, rows: u64) {
    break_note(world, rows);
    world.advance(HOUR);
    world.scan().await;
}

fn message<'a>(detail: &'a IncidentDetail, kind: &str) -> &'a str {
    &detail.timeline.iter().find(|event| event.kind == kind).unwrap().message
}

async fn an_object_inherits_and_says_from_where(world: &World) {
    world.scan().await;
    let id = user(world, "ada@example.org").await;
    set(world, vec![rule("", team("Data"), &["shop"]), rule("public.*", ada(id), &["core"])]).await;
    let orders = describe(world, "public.orders", "", &["money"]).await;
    assert_eq!((&orders.owner, orders.tags.as_slice()), (&None, &["money".to_owned()][..]));
    let owner = orders.ownership.owner.unwrap();
    assert_eq!((owner.owner, owner.name.as_deref()), (Owner::Member { id }, Some("ada")));
    assert_eq!((owner.from.level, owner.from.place.as_str()), (OwnershipLevel::Pattern, "public.*"));
    let tags: Vec<_> =
        orders.ownership.tags.iter().map(|tag| (tag.tag.as_str(), tag.from.place.as_str())).collect();
    assert_eq!(tags, [("core", "public.*"), ("money", "public.orders"), ("shop", "shop")]);
    let own = describe(world, "public.orders", "Payments", &[]).await.ownership.owner.unwrap();
    assert_eq!((own.name.as_deref(), own.from.level), (Some("Payments"), OwnershipLevel::Object));
    let own = describe(world, "public.orders", "Ada@Example.org", &[]).await.ownership.owner.unwrap();
    assert_eq!((own.owner, own.name.as_deref()), (Owner::Member { id }, Some("ada")));
}

async fn a_new_incident_goes_to_the_member_who_owns_its_object(world: &World) {
    world.scan().await;
    let id = user(world, "ada@example.org").await;
    set(world, vec![rule("", team("Data"), &[]), rule("public.orders", ada(id), &["money"])]).await;
    expect(world, not_null("note")).await;
    break_orders(world, 3).await;
    let incident = only(world).await;
    assert_eq!(incident.incident.object, "public.orders.note");
    assert_eq!(incident.incident.assignee.as_ref().map(|assignee| assignee.id), Some(id));
    assert_eq!(kinds(&incident), ["opened", "routed"]);
    assert_eq!(message(&incident, "routed"), "Assigned to ada, who owns public.orders");
    assert!(incident.incident.ownership.has_tag("money"));
    // Whoever looks at the first page sees whose it is.
    let page = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    let attention = page.attention.iter().find(|entry| entry.kind == "incident").unwrap();
    let owner = attention.owner.as_ref().unwrap();
    assert_eq!((owner.name.as_deref(), owner.from.place.as_str()), (Some("ada"), "public.orders"));
}

async fn a_team_is_named_and_nobody_is_assigned(world: &World) {
    world.scan().await;
    set(world, vec![rule("", team("Data"), &[])]).await;
    expect(world, not_null("note")).await;
    break_orders(world, 3).await;
    let incident = only(world).await;
    assert_eq!(
        (incident.incident.assignee.as_ref(), incident.incident.ownership.team()),
        (None, Some("Data"))
    );
    assert_eq!(message(&incident, "routed"), "For the team Data, which owns shop");
}

async fn what_a_person_chose_later_stays(world: &World) {
    world.scan().await;
    let id = user(world, "ada@example.org").await;
    set(world, vec![rule("", ada(id), &[])]).await;
    expect(world, not_null("note")).await;
    break_orders(world, 3).await;
    let (scope, incident) = (world.scope().await, only(world).await.incident.id);
    let nobody = AssignIncident { assignee: None };
    incident::assign(&world.context, &scope, incident, nobody).await.unwrap();
    // The same goes on, and it comes back after it was resolved.
    break_orders(world, 40).await;
    let resolve = DecideIncident::default();
    incident::decide(&world.context, &scope, incident, Decision::Resolve, resolve).await.unwrap();
    break_orders(world, 50).await;
    let now = only(world).await;
    assert!(kinds(&now).contains(&"reopened"), "{:?}", kinds(&now));
    assert_eq!(now.incident.assignee, None);
    assert_eq!(kinds(&now).iter().filter(|kind| **kind == "routed").count(), 1);
}

async fn an_owner_who_has_left_gets_nothing(world: &World) {
    world.scan().await;
    founder(&world.context, "bob").await;
    let bob = user(world, "bob@example.org").await;
    let org: OrgId = world.tenant().await.org();
    let now: Timestamp = world.context.now();
    let tx = world.context.store.write(&world.tenant().await).await.unwrap();
    store::membership::insert(&tx, org, bob, Role::Member, store::membership::Status::Active, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    set(world, vec![rule("", ada(bob), &["shop"])]).await;
    let tx = world.context.store.write(&world.tenant().await).await.unwrap();
    store::membership::remove(&tx, bob).await.unwrap();
    tx.commit().await.unwrap();
    expect(world, not_null("note")).await;
    break_orders(world, 3).await;
    let [incident] = <[_; 1]>::try_from(incidents(world).await).unwrap();
    assert_eq!((incident.incident.assignee.as_ref(), kinds(&incident)), (None, vec!["opened"]));
    let owner = incident.incident.ownership.owner.unwrap();
    assert_eq!((owner.owner, owner.name), (Owner::Member { id: bob }, None));
}

async fn columns_are_narrowed_to_whom_they_belong(world: &World) {
    world.scan().await;
    let id = user(world, "ada@example.org").await;
    set(
        world,
        vec![
            rule("", team("Data"), &[]),
            rule("public.orders", ada(id), &["money"]),
            rule("**.email", None, &["pii"]),
        ],
    )
    .await;
    describe(world, "public.product.name", "Words", &["text"]).await;
    let list = async |owner: Option<&str>, tag: Option<&str>, limit: Option<u32>| {
        let filter =
            quality::Filter { owned: ownership::Filter::parse(owner, tag), ..quality::Filter::default() };
        let paging = Paging::new(limit, None).unwrap();
        quality::list(&world.context, &world.scope().await, filter, &paging).await.unwrap()
    };
    let orders = ["created_at", "customer_id", "id", "note"].map(|name| format!("public.orders.{name}"));
    let data = ["public.customer.city", "public.customer.email", "public.customer.id", "public.product.id"];
    for (owner, tag, expected) in [
        (Some("me"), None, orders.to_vec()),
        (None, Some("MONEY"), orders.to_vec()),
        (Some("data"), None, data.map(str::to_owned).to_vec()),
        (None, Some("pii"), vec!["public.customer.email".to_owned()]),
        (Some("words"), Some("text"), vec!["public.product.name".to_owned()]),
        (Some("none"), None, vec![]),
        (Some("me"), Some("pii"), vec![]),
    ] {
        let page = list(owner, tag, None).await;
        let found: Vec<_> = page.items.iter().map(|item| format!("{}.{}", item.table, item.column)).collect();
        assert_eq!(found, expected, "{owner:?} {tag:?}");
        let totals = page.totals;
        let all = totals.healthy + totals.warning + totals.critical + totals.unknown;
        assert_eq!(all as usize, expected.len(), "{owner:?} {tag:?}");
    }
    let page = list(Some("me"), None, Some(3)).await;
    assert_eq!((page.items.len(), page.next_cursor.is_some()), (3, true));
    assert_eq!(page.items[0].ownership.owner.as_ref().unwrap().name.as_deref(), Some("ada"));
}

async fn tables_and_what_a_search_finds_are_narrowed_as_well(world: &World) {
    world.scan().await;
    let id = user(world, "ada@example.org").await;
    set(
        world,
        vec![
            rule("", team("Data"), &[]),
            rule("public.orders", ada(id), &["money"]),
            rule("**.email", None, &["pii"]),
        ],
    )
    .await;
    let (view, own) = ("public.customer_list", "public.customer");
    for (owner, tag, tables, hits) in [
        (None, None, &[own, view, "public.orders", "public.product"][..], 3),
        (Some("me"), None, &["public.orders"], 1),
        (Some("Data"), None, &[own, view, "public.product"], 2),
        (None, Some("Money"), &["public.orders"], 1),
        (Some("none"), None, &[], 0),
        (Some("me"), Some("pii"), &[], 0),
    ] {
        let owned = || ownership::Filter::parse(owner, tag);
        let schema = schema::latest(&world.context, &world.scope().await, None, owned()).await.unwrap();
        let found: Vec<_> = schema.tables.iter().map(|table| table.path.as_str()).collect();
        assert_eq!(found, tables, "{owner:?} {tag:?}");
        assert_eq!((schema.counts.tables, schema.counts.views), (3, 1));
        let search = async |text: &str| {
            let scope = world.scope().await;
            schema::search(&world.context, &scope, None, text, None, owned()).await.unwrap().items
        };
        assert_eq!(search("customer").await.len(), hits, "{owner:?} {tag:?}");
        let columns: Vec<_> = search("email").await.into_iter().map(|hit| hit.path).collect();
        let emails = ["public.customer.email", "public.customer_list.email"];
        let expected = match (owner, tag) {
            (None, None) | (Some("Data"), None) => &emails[..],
            _ => &[],
        };
        assert_eq!(columns, expected, "{owner:?} {tag:?}");
    }
    let owned = ownership::Filter::parse(None, Some("PII"));
    let found = schema::search(&world.context, &world.scope().await, None, "e", None, owned).await.unwrap();
    assert_eq!(found.items.len(), 2, "a tag of a column is not its table's: {:?}", found.items);
}

async fn drift_is_narrowed_to_whose_objects_it_changes_or_affects(world: &World) {
    world.scan().await;
    world.change(shop::without_city());
    let dropped = world.scan().await.drift_id.unwrap();
    world.advance(HOUR);
    world.change(shop::catalog());
    let added = world.scan().await.drift_id.unwrap();
    set(
        world,
        vec![
            rule("public.product", team("Stock"), &[]),
            rule("public.customer", team("Sales"), &["people"]),
            rule("public.orders", ada(user(world, "ada@example.org").await), &[]),
            rule("public.customer.city", team("Places"), &["pii"]),
        ],
    )
    .await;
    let list = async |owner: Option<&str>, tag: Option<&str>, paging: Paging| {
        let filter =
            drift::Filter { owned: ownership::Filter::parse(owner, tag), ..drift::Filter::default() };
        drift::list(&world.context, &world.scope().await, filter, &paging).await.unwrap()
    };
    let both = [added, dropped];
    for (owner, tag, expected) in [
        (None, None, &both[..]),
        (Some("sales"), None, &both),
        (None, Some("PEOPLE"), &both),
        // Orders refer to the customers that change, and a view without an owner reads them.
        (Some("me"), None, &both),
        (Some("none"), None, &both),
        // The column's own, which are not its table's.
        (Some("Places"), None, &both),
        (None, Some("pii"), &both),
        (Some("Stock"), None, &[]),
        (Some("Stock"), Some("pii"), &[]),
        (None, Some("gone"), &[]),
    ] {
        let page = list(owner, tag, Paging::new(None, None).unwrap()).await;
        let found: Vec<_> = page.items.iter().map(|event| event.id).collect();
        assert_eq!(found, expected, "{owner:?} {tag:?}");
    }
    let first = list(None, Some("pii"), Paging::new(Some(1), None).unwrap()).await;
    assert_eq!((first.items.len(), first.items[0].id), (1, added));
    let rest = list(None, Some("pii"), Paging::new(Some(1), first.next_cursor).unwrap()).await;
    assert_eq!((rest.items[0].id, rest.next_cursor), (dropped, None));
}
