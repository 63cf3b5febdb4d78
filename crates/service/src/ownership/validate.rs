//! What a rule of ownership may hold.

use std::collections::{BTreeSet, HashSet};

use store::Reads;
use types::UserId;
use types::ownership::{Owner, OwnershipRule};
use types::problem::FieldError;

use crate::Error;

/// The most rules of one source.
const MOST: usize = 200;
/// The most characters of a pattern.
const LONGEST_PATH: usize = 500;
/// The most characters of a team's name or a tag.
const LONGEST_WORD: usize = 80;
/// The most tags of one rule.
const MOST_TAGS: usize = 20;

/// Rules without spaces around their words, each tag once and in order.
pub(crate) fn tidied(rules: Vec<OwnershipRule>) -> Vec<OwnershipRule> {
    let words = |tags: &[String]| -> BTreeSet<String> {
        tags.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
    };
    let rule = |rule: OwnershipRule| OwnershipRule {
        path: rule.path.map(|path| path.trim().to_owned()),
        owner: rule.owner.map(|owner| match owner {
            Owner::Team { name } => Owner::Team { name: name.trim().to_owned() },
            member @ Owner::Member { .. } => member,
        }),
        tags: words(&rule.tags).into_iter().collect(),
    };
    rules.into_iter().map(rule).collect()
}

/// What is wrong with rules, below `place`. Who has left the organization may stay where `before` names them: the other
/// rules can still be changed.
pub(crate) async fn faults(
    tx: &impl Reads,
    before: &[OwnershipRule],
    rules: &[OwnershipRule],
    place: &str,
) -> Result<Vec<FieldError>, Error> {
    let asked: Vec<UserId> = members(rules).collect();
    let mut known: HashSet<UserId> =
        store::membership::names(tx, tx.org(), &asked).await?.into_keys().collect();
    known.extend(members(before));
    Ok(faults_of(rules, &known, place))
}

fn members(rules: &[OwnershipRule]) -> impl Iterator<Item = UserId> {
    rules.iter().filter_map(|rule| match rule.owner {
        Some(Owner::Member { id }) => Some(id),
        _ => None,
    })
}

fn faults_of(rules: &[OwnershipRule], known: &HashSet<UserId>, place: &str) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if rules.len() > MOST {
        let detail = format!("At most {MOST} rules for one source. A pattern covers many tables.");
        faults.push(FieldError::new(place, "length", detail));
    }
    let mut paths = HashSet::new();
    for (at, rule) in rules.iter().enumerate() {
        let mut fault = |field: &str, code: &str, detail: String| {
            faults.push(FieldError::new(&format!("{place}/{at}{field}"), code, detail));
        };
        if rule.owner.is_none() && rule.tags.is_empty() {
            fault("", "required", "Name an owner or a tag.".to_owned());
        }
        if !paths.insert(&rule.path) {
            fault("/path", "duplicate", "There is a rule for the same above. Put them together.".to_owned());
        }
        match rule.path.as_deref() {
            Some("") => fault("/path", "required", "Leave it out to mean the whole source.".to_owned()),
            Some(path) => {
                if let Some(detail) = unfit(path, LONGEST_PATH) {
                    fault("/path", "format", detail);
                }
            }
            None => {}
        }
        match &rule.owner {
            Some(Owner::Team { name }) if name.is_empty() => {
                fault("/owner/name", "required", "Name the team.".to_owned());
            }
            Some(Owner::Team { name }) => {
                if let Some(detail) = unfit(name, LONGEST_WORD) {
                    fault("/owner/name", "format", detail);
                }
            }
            Some(Owner::Member { id }) if !known.contains(id) => {
                let detail = "Nobody of that id is a member. Name a member or a team.";
                fault("/owner/id", "not_a_member", detail.to_owned());
            }
            Some(Owner::Member { .. }) | None => {}
        }
        if rule.tags.len() > MOST_TAGS {
            fault("/tags", "length", format!("At most {MOST_TAGS} tags."));
        }
        for (number, tag) in rule.tags.iter().enumerate() {
            if let Some(detail) = unfit(tag, LONGEST_WORD) {
                fault(&format!("/tags/{number}"), "format", detail);
            }
        }
    }
    faults
}

fn unfit(text: &str, most: usize) -> Option<String> {
    if text.chars().count() > most {
        return Some(format!("At most {most} characters."));
    }
    text.chars().any(char::is_control).then(|| "Leave out control characters.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let known: HashSet<_> = [UserId(Uuid::from_u128(1))].into();
        let team = |name: &str| Some(Owner::Team { name: name.into() });
        let member = |number| Some(Owner::Member { id: UserId(Uuid::from_u128(number)) });
        let rule = |path: Option<&str>, owner, tags: &[&str]| OwnershipRule {
            path: path.map(str::to_owned),
            owner,
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        let long = "x".repeat(81);
        let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
        for (rules, expected) in [
            (vec![rule(None, team("Data"), &["a"]), rule(Some("a.*"), member(1), &[])], vec![]),
            (vec![rule(None, None, &[])], vec![("/rules/0", "required")]),
            (
                vec![rule(Some("a"), team("Data"), &[]), rule(Some("a"), team("Web"), &[])],
                vec![("/rules/1/path", "duplicate")],
            ),
            (
                vec![rule(None, team("Data"), &[]), rule(None, None, &["a"])],
                vec![("/rules/1/path", "duplicate")],
            ),
            (
                vec![rule(Some(""), team(""), &[])],
                vec![("/rules/0/path", "required"), ("/rules/0/owner/name", "required")],
            ),
            (
                vec![rule(Some("a\u{7}"), team(&long), &[])],
                vec![("/rules/0/path", "format"), ("/rules/0/owner/name", "format")],
            ),
            (vec![rule(None, member(2), &[])], vec![("/rules/0/owner/id", "not_a_member")]),
            (vec![rule(None, None, &["a", &long])], vec![("/rules/0/tags/1", "format")]),
            (
                vec![OwnershipRule { tags: many, ..OwnershipRule::default() }],
                vec![("/rules/0/tags", "length")],
            ),
        ] {
            let found = faults_of(&rules, &known, "/rules");
            let found: Vec<_> =
                found.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect();
            assert_eq!(found, expected, "{rules:?}");
        }
        let rule = |number: usize| rule(Some(&number.to_string()), team("Data"), &[]);
        let found = faults_of(&(0..=MOST).map(rule).collect::<Vec<_>>(), &known, "/rules");
        assert_eq!((found.len(), found[0].pointer.as_str()), (1, "/rules"));
    }

    #[test]
    fn spaces_and_repeated_tags_are_left_out() {
        let rule = OwnershipRule {
            path: Some(" a.* ".into()),
            owner: Some(Owner::Team { name: " Data ".into() }),
            tags: vec!["b ".into(), "a".into(), " b".into(), " ".into()],
        };
        let expected = OwnershipRule {
            path: Some("a.*".into()),
            owner: Some(Owner::Team { name: "Data".into() }),
            tags: vec!["a".into(), "b".into()],
        };
        assert_eq!(tidied(vec![rule]), [expected]);
    }
}
