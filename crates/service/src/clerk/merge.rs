//! What is known of an object once something more is heard of it, in whatever order that comes; and who is what in an
//! organization of which so much is known.

use std::collections::BTreeMap;

use store::clerk::{Kind, Object};
use types::UserId;
use types::permission::Role;

/// What is known after `new`, which may be older than what was known. What is deleted stays so; else what was changed last
/// holds, and of two changes of one moment always the same.
pub(super) fn merged(old: Option<Object>, new: Object) -> Object {
    let Some(old) = old else { return new };
    let (mut kept, other) = if rank(&new) > rank(&old) { (new, old) } else { (old, new) };
    if kept.kind == Kind::Membership {
        // Of what is deleted it is not always said where it was.
        kept.organization = kept.organization.or(other.organization);
        kept.person = kept.person.or(other.person);
    }
    kept.local = kept.local.or(other.local);
    kept
}

fn rank(object: &Object) -> (bool, i64, &str) {
    (object.deleted, object.changed_at, &object.digest)
}

/// Whether two say the same, apart from what is known besides.
pub(super) fn says_the_same(one: &Object, other: &Object) -> bool {
    rank(one) == rank(other)
}

/// Somebody who belongs to an organization, by an account that there is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Belonging {
    pub(super) user: UserId,
    /// Their id at Clerk.
    pub(super) person: String,
    pub(super) role: Role,
    pub(super) since: i64,
    /// Whether their account can be used.
    pub(super) may_act: bool,
}

/// Who is what. Whoever made the organization owns it as long as they administer it; if nobody who may act would own it, the
/// administrator of longest standing does, else the member.
pub(super) fn roles(creator: Option<&str>, belongings: &[Belonging]) -> BTreeMap<UserId, Role> {
    let mut roles = BTreeMap::new();
    let mut is_owned = false;
    for one in belongings {
        let made = one.role == Role::Admin && creator == Some(one.person.as_str());
        let role = if made { Role::Owner } else { one.role };
        is_owned |= role == Role::Owner && one.may_act;
        let held = roles.entry(one.user).or_insert(role);
        *held = role.max(*held);
    }
    if !is_owned {
        let standing =
            |one: &&Belonging| (!one.may_act, std::cmp::Reverse(one.role), one.since, one.person.clone());
        if let Some(first) = belongings.iter().min_by_key(standing) {
            roles.insert(first.user, Role::Owner);
        }
    }
    roles
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use testkit::clerk as object;
    use uuid::Uuid;

    use super::*;
    use crate::clerk::change::of_event;

    type Known = BTreeMap<String, Object>;

    fn told(known: &mut Known, event: &(&str, Value, i64)) {
        let (kind, data, sent_at) = event;
        for change in of_event(kind, data, *sent_at) {
            let old = known.remove(&change.object.id);
            known.insert(change.object.id.clone(), merged(old, change.object));
        }
    }

    /// Events of a few people and organizations, many of them at one moment and at odds with each other.
    fn events(random: &mut fastrand::Rng) -> Vec<(&'static str, Value, i64)> {
        let mut events = Vec::new();
        for _ in 0..30 {
            let at = random.i64(0..5);
            let (user, org) = (format!("user_{}", random.u8(0..3)), format!("org_{}", random.u8(0..2)));
            let name = ["A", "B", "C"][random.usize(0..3)];
            let acme = object::organization(&org, name, &user, at);
            let role = ["org:admin", "org:member", "org:other"][random.usize(0..3)];
            let belongs =
                object::membership(&format!("orgmem_{org}_{user}"), &acme, &user, role, random.i64(0..5));
            let bare = |id: &Value| json!({"id": id, "deleted": true});
            events.push(match random.u8(0..12) {
                0..3 => ("user.updated", object::user(&user, "a@example.org", name, at), at),
                3..5 => ("organization.created", acme, at),
                5..8 => ("organizationMembership.updated", belongs, at),
                8 => ("organizationMembership.deleted", belongs, at),
                9 => ("organizationMembership.deleted", bare(&belongs["id"]), at),
                10 => ("organization.deleted", bare(&acme["id"]), at),
                _ => ("user.deleted", bare(&json!(user)), at),
            });
        }
        events
    }

    #[test]
    fn any_order_and_any_repetition_of_events_ends_in_the_same() {
        for seed in 0..200 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut events = events(&mut random);
            let mut expected = Known::new();
            events.iter().for_each(|event| told(&mut expected, event));
            for _ in 0..5 {
                let again: Vec<_> = (0..10).map(|_| events[random.usize(0..events.len())].clone()).collect();
                let mut shuffled = [events.clone(), again].concat();
                random.shuffle(&mut shuffled);
                let mut found = Known::new();
                shuffled.iter().for_each(|event| told(&mut found, event));
                assert_eq!(found, expected, "seed {seed}");
            }
            // What is deleted stays so, whatever comes.
            let gone: Vec<_> =
                expected.values().filter(|one| one.deleted).map(|one| one.id.clone()).collect();
            events.reverse();
            events.iter().for_each(|event| told(&mut expected, event));
            assert!(gone.iter().all(|id| expected[id].deleted), "seed {seed}");
        }
    }

    fn belonging(number: u128, role: Role, since: i64, may_act: bool) -> Belonging {
        Belonging {
            user: UserId(Uuid::from_u128(number)),
            person: format!("user_{number}"),
            role,
            since,
            may_act,
        }
    }

    #[test]
    fn an_organization_always_has_an_owner_and_whoever_made_it_first_of_all() {
        use Role::{Admin, Member, Owner, Viewer};
        for (creator, given, expected) in [
            (Some("user_2"), vec![(1, Admin, 1, true), (2, Admin, 2, true)], vec![Admin, Owner]),
            // Who made it does not administer it any more, or is gone.
            (Some("user_2"), vec![(1, Admin, 5, true), (2, Member, 2, true)], vec![Owner, Member]),
            (Some("user_9"), vec![(1, Admin, 5, true), (2, Admin, 2, true)], vec![Admin, Owner]),
            (None, vec![(1, Member, 5, true), (2, Viewer, 2, true)], vec![Owner, Viewer]),
            (None, vec![(1, Viewer, 2, true), (2, Viewer, 2, true)], vec![Owner, Viewer]),
            // By a role of its own.
            (None, vec![(1, Admin, 1, true), (2, Owner, 2, true)], vec![Admin, Owner]),
            // An owner who cannot act is none.
            (Some("user_1"), vec![(1, Admin, 1, false), (2, Member, 2, true)], vec![Owner, Owner]),
            (None, vec![(1, Member, 1, false)], vec![Owner]),
            (None, vec![], vec![]),
        ] {
            let given: Vec<_> = given
                .into_iter()
                .map(|(number, role, since, may_act)| belonging(number, role, since, may_act))
                .collect();
            let found: Vec<_> = roles(creator, &given).into_values().collect();
            assert_eq!(found, expected, "{creator:?} {given:?}");
            let mut reversed = given.clone();
            reversed.reverse();
            assert_eq!(roles(creator, &reversed), roles(creator, &given));
        }
        // One account that two of Clerk's people have.
        let twice =
            [belonging(1, Viewer, 1, true), Belonging { role: Admin, ..belonging(1, Viewer, 2, true) }];
        assert_eq!(roles(None, &twice).into_values().collect::<Vec<_>>(), [Owner]);
    }
}
