use proptest::prelude::*;

use super::*;

fn team(name: &str) -> Option<Owner> {
    Some(Owner::Team { name: name.into() })
}

fn rule(path: Option<&str>, owner: Option<Owner>, tags: &[&str]) -> OwnershipRule {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    OwnershipRule { path: path.map(str::to_owned), owner, tags }
}

fn own(path: &str, owner: Option<Owner>, tags: &[&str]) -> Own {
    let OwnershipRule { owner, tags, .. } = rule(None, owner, tags);
    Own { path: path.into(), owner, tags }
}

fn register(rules: Vec<OwnershipRule>, own: Vec<Own>) -> Register {
    Register::new("shop".into(), rules, own)
}

/// `Payments (pattern public.pay_*); money (pattern public.pay_*), pii (source shop)`.
fn words(ownership: &Ownership) -> String {
    let from = |from: &OwnershipOrigin| {
        let level = serde_json::to_value(from.level).unwrap();
        format!("{} {}", level.as_str().unwrap(), from.place)
    };
    let owner = match &ownership.owner {
        Some(owner) => format!("{} ({})", owner.name.as_deref().unwrap_or("a member"), from(&owner.from)),
        None => "nobody".to_owned(),
    };
    let tags: Vec<_> =
        ownership.tags.iter().map(|tag| format!("{} ({})", tag.tag, from(&tag.from))).collect();
    format!("{owner}; {}", tags.join(", "))
}

#[test]
fn the_nearest_owner_answers_and_tags_add_up() {
    let member = Some(Owner::Member { id: "00000000-0000-0000-0000-000000000001".parse().unwrap() });
    let register = register(
        vec![
            rule(None, team("Data"), &["shop"]),
            rule(Some("public.*"), team("Web"), &["web"]),
            rule(Some("public.pay_*"), team("Payments"), &["money", "web"]),
            rule(Some("**.email"), None, &["pii"]),
            rule(Some("audit"), team("Legal"), &[]),
        ],
        vec![
            own("public.film", member, &["films"]),
            own("public.film.length", team("Cutters"), &[]),
            own("public.pay_2024", None, &["old"]),
        ],
    );
    for (path, expected) in [
        ("other.thing", "Data (source shop); shop (source shop)"),
        ("public.actor", "Web (pattern public.*); shop (source shop), web (pattern public.*)"),
        ("public.actor.name", "Web (pattern public.*); shop (source shop), web (pattern public.*)"),
        (
            "public.pay_2024.email",
            "Payments (pattern public.pay_*); money (pattern public.pay_*), old (table public.pay_2024), \
             pii (pattern **.email), shop (source shop), web (pattern public.pay_*)",
        ),
        (
            "public.film",
            "a member (object public.film); films (object public.film), shop (source shop), web (pattern public.*)",
        ),
        (
            "public.film.title",
            "a member (table public.film); films (table public.film), shop (source shop), web (pattern public.*)",
        ),
        (
            "public.film.length",
            "Cutters (object public.film.length); films (table public.film), shop (source shop), \
             web (pattern public.*)",
        ),
        ("audit.log.at", "Legal (pattern audit); shop (source shop)"),
        ("public", "Data (source shop); shop (source shop)"),
        ("", "Data (source shop); shop (source shop)"),
    ] {
        assert_eq!(words(&register.of(path)), expected, "{path}");
    }
}

#[test]
fn words_about_a_schema_count_as_a_pattern_of_everything_in_it() {
    let register = register(
        vec![
            rule(Some("**"), team("All"), &[]),
            rule(Some("public.**"), team("Same"), &[]),
            rule(Some("public.pay_*"), team("Payments"), &[]),
        ],
        vec![own("public", team("Public"), &["main"])],
    );
    for (path, expected) in [
        ("public", "Public (object public); main (object public)"),
        ("public.film", "Public (schema public); main (schema public)"),
        ("public.pay_1", "Payments (pattern public.pay_*); main (schema public)"),
        ("audit.log", "All (pattern **); "),
    ] {
        assert_eq!(words(&register.of(path)), expected, "{path}");
    }
}

#[test]
fn a_quoted_part_is_one_part() {
    assert_eq!(around(r#"public."a.b".c"#), [r#"public."a.b""#, "public"]);
    assert_eq!(around(r##""x"".y.""""##), Vec::<&str>::new());
    assert_eq!(around("public"), Vec::<&str>::new());
}

#[test]
fn what_nobody_said_anything_of_belongs_to_nobody() {
    assert_eq!(register(Vec::new(), Vec::new()).of("public.film"), Ownership::default());
}

fn an_owner() -> impl Strategy<Value = Option<Owner>> {
    proptest::option::of("[A-C]").prop_map(|name| name.map(|name| Owner::Team { name }))
}

fn some_tags() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[t-w]", 0..3)
}

fn some_rules() -> impl Strategy<Value = Vec<OwnershipRule>> {
    let path = proptest::option::of("[ab*?.]{1,5}");
    let one =
        (path, an_owner(), some_tags()).prop_map(|(path, owner, tags)| OwnershipRule { path, owner, tags });
    proptest::collection::vec(one, 0..7)
}

fn some_own() -> impl Strategy<Value = Vec<Own>> {
    let one = ("[ab](\\.[ab]){0,2}", an_owner(), some_tags());
    proptest::collection::vec(one, 0..4).prop_map(|own| {
        // One row for each path, as the store has it.
        let unique: BTreeMap<_, _> =
            own.into_iter().map(|(path, owner, tags)| (path.clone(), Own { path, owner, tags })).collect();
        unique.into_values().collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_rules_never_matters(
        rules in some_rules(), own in some_own(), path in "[ab](\\.[ab]){0,2}", turn in 0_usize..7,
    ) {
        let expected = register(rules.clone(), own.clone()).of(&path);
        let mut turned = rules.clone();
        turned.rotate_left(turn.min(rules.len()));
        prop_assert_eq!(&register(turned, own.clone()).of(&path), &expected);
        prop_assert_eq!(&register(rules.into_iter().rev().collect(), own).of(&path), &expected);
    }

    #[test]
    fn a_tag_that_is_added_lower_removes_none_and_changes_no_owner(
        rules in some_rules(), own in some_own(), path in "[ab](\\.[ab]){0,2}",
    ) {
        let before = register(rules.clone(), own.clone()).of(&path);
        let mut more = own;
        match more.iter_mut().find(|own| own.path == path) {
            Some(own) => own.tags.push("new".into()),
            None => more.push(Own { path: path.clone(), owner: None, tags: vec!["new".into()] }),
        }
        let after = register(rules, more).of(&path);
        prop_assert_eq!(&after.owner, &before.owner);
        prop_assert!(after.has_tag("NEW"));
        prop_assert!(before.tags.iter().all(|tag| after.tags.contains(tag)));
    }

    #[test]
    fn a_tag_reaches_everything_below(
        rules in some_rules(), own in some_own(), path in "[ab](\\.[ab]){0,1}", part in "[ab]",
    ) {
        let register = register(rules, own);
        let below = register.of(&format!("{path}.{part}"));
        prop_assert!(register.of(&path).tags.iter().all(|tag| below.has_tag(&tag.tag)));
    }
}
