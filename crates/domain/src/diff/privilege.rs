//! Who may do what.

use std::borrow::Cow;

use serde_json::{Value, json};
use types::snapshot::{Body, DefaultPrivilege, Object, OtherPrivilege, Privilege, path_of};

use super::comparison::{Comparison, Draft, Subject};
use crate::severity::{Verdict, privilege as rule};

/// Compares the rights of other roles than the owner, of any object that has them.
pub(super) fn privileges(comparison: &mut Comparison<'_>, old: &Object, new: &Object) {
    let (before, after) = (of(&old.body), of(&new.body));
    let (before, after) = (before.as_ref(), after.as_ref());
    if before == after {
        return;
    }
    let subject = Subject { old_path: old.path.clone(), ..Subject::default() };
    let now = |column: &Option<String>| {
        column.as_deref().map(|column| comparison.column_now(&old.path, column).to_owned())
    };
    let same_place =
        |was: &Privilege, is: &Privilege| was.grantee == is.grantee && now(&was.column) == is.column;
    let mut drafts: Vec<(Draft<'_>, Vec<Verdict>)> = Vec::new();
    for was in before {
        let draft = |verb, path| Draft::new("privilege", verb, path).before(facts(was));
        match after.iter().find(|is| same_place(was, is)) {
            // What is gone is called as it was.
            None => drafts.push((draft("dropped", path(old, was)), revoked(&was.rights))),
            Some(is) if (&was.rights, &was.grantable) != (&is.rights, &is.grantable) => {
                let verdicts = lessened((&was.rights, &was.grantable), (&is.rights, &is.grantable));
                drafts.push((draft("changed", path(new, is)).after(facts(is)), verdicts));
            }
            Some(_) => {}
        }
    }
    for is in after.iter().filter(|is| !before.iter().any(|was| same_place(was, is))) {
        let draft = Draft::new("privilege", "added", path(new, is)).after(facts(is));
        drafts.push((draft, vec![rule::GRANTED]));
    }
    for (draft, verdicts) in drafts {
        comparison.push(&subject, draft, &verdicts);
    }
}

fn of(body: &Body) -> Cow<'_, [Privilege]> {
    let listed = match body {
        Body::Database(database) => return everybodys(&database.privileges, &["connect", "temporary"]),
        Body::ForeignServer(server) => &server.privileges,
        Body::Schema(schema) => &schema.privileges,
        Body::Table(table) => &table.privileges,
        Body::View(view) | Body::MaterializedView(view) => &view.privileges,
        Body::Sequence(sequence) => &sequence.privileges,
        Body::Function(routine) | Body::Procedure(routine) => &routine.privileges,
        Body::Enum(enumeration) => return everybodys(&enumeration.privileges, &["usage"]),
        Body::Domain(domain) => return everybodys(&domain.privileges, &["usage"]),
        Body::CompositeType(composite) => return everybodys(&composite.privileges, &["usage"]),
        Body::RangeType(range) => return everybodys(&range.privileges, &["usage"]),
        Body::Collation(_) | Body::Extension(_) => return Cow::Borrowed(&[]),
    };
    Cow::Borrowed(listed.as_slice())
}

/// With what everybody may do written out: they are not listed where they have the rights that their kind gives them.
fn everybodys<'a>(listed: &'a [Privilege], rights: &[&str]) -> Cow<'a, [Privilege]> {
    let is_everybody = |privilege: &Privilege| privilege.grantee == "public";
    if listed.iter().any(is_everybody) {
        let does = |privilege: &&Privilege| !is_everybody(privilege) || !privilege.rights.is_empty();
        return listed.iter().filter(does).cloned().collect();
    }
    let rights = rights.iter().map(|right| (*right).to_owned()).collect();
    let theirs = Privilege { grantee: "public".into(), rights, ..Privilege::default() };
    std::iter::once(theirs).chain(listed.iter().cloned()).collect()
}

/// Compares the rights that are given by themselves on what is made in a database or a schema.
pub(super) fn default_privileges(comparison: &mut Comparison<'_>, old: &Object, new: &Object) {
    let (before, after) = (defaults_of(&old.body), defaults_of(&new.body));
    let same_place = |was: &DefaultPrivilege, is: &DefaultPrivilege| {
        (&was.creator, &was.objects, &was.grantee) == (&is.creator, &is.objects, &is.grantee)
    };
    let path = |object: &Object, privilege: &DefaultPrivilege| {
        let parts = [&privilege.creator, &privilege.objects, &privilege.grantee];
        format!("{}.{}", object.path, path_of(&parts))
    };
    let draft = |verb, object, privilege| Draft::new("default_privilege", verb, path(object, privilege));
    let mut drafts: Vec<(Draft<'_>, Vec<Verdict>)> = Vec::new();
    for was in before {
        match after.iter().find(|is| same_place(was, is)) {
            None => {
                // Everybody listed without rights is everybody without what they have by themselves.
                let verdict =
                    if was.rights.is_empty() { rule::DEFAULT_GRANTED } else { rule::DEFAULT_REVOKED };
                drafts.push((draft("dropped", old, was).before(json!(was)), vec![verdict]));
            }
            Some(is) if was != is => {
                let lost = |was: &[String], is: &[String]| was.iter().any(|right| !is.contains(right));
                let mut verdicts = vec![rule::DEFAULT_GRANTED];
                if lost(&was.rights, &is.rights) {
                    verdicts.push(rule::DEFAULT_REVOKED);
                } else if lost(&was.grantable, &is.grantable) {
                    verdicts.push(rule::NOT_GRANTABLE);
                }
                drafts.push((draft("changed", new, is).before(json!(was)).after(json!(is)), verdicts));
            }
            Some(_) => {}
        }
    }
    for is in after.iter().filter(|is| !before.iter().any(|was| same_place(was, is))) {
        let verdict = if is.rights.is_empty() { rule::DEFAULT_REVOKED } else { rule::DEFAULT_GRANTED };
        drafts.push((draft("added", new, is).after(json!(is)), vec![verdict]));
    }
    for (draft, verdicts) in drafts {
        comparison.push_object(draft, &verdicts);
    }
}

/// Compares the rights on what is in a database and has no object of its own.
pub(super) fn other_privileges(comparison: &mut Comparison<'_>, old: &Object, new: &Object) {
    let (before, after) = (others_of(&old.body), others_of(&new.body));
    let same_place = |was: &OtherPrivilege, is: &OtherPrivilege| {
        (&was.kind, &was.name, &was.grantee) == (&is.kind, &is.name, &is.grantee)
    };
    let draft = |verb, object: &Object, privilege: &OtherPrivilege| {
        let parts = [&privilege.kind, &privilege.name, &privilege.grantee];
        let named: Vec<&String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Draft::new("privilege", verb, format!("{}.{}", object.path, path_of(&named)))
    };
    let mut drafts: Vec<(Draft<'_>, Vec<Verdict>)> = Vec::new();
    for was in before {
        match after.iter().find(|is| same_place(was, is)) {
            None => {
                // Everybody listed without rights is everybody without what they have by themselves.
                let verdicts = if was.rights.is_empty() { vec![rule::GRANTED] } else { revoked(&was.rights) };
                drafts.push((draft("dropped", old, was).before(json!(was)), verdicts));
            }
            Some(is) if was != is => {
                let verdicts = lessened((&was.rights, &was.grantable), (&is.rights, &is.grantable));
                drafts.push((draft("changed", new, is).before(json!(was)).after(json!(is)), verdicts));
            }
            Some(_) => {}
        }
    }
    for is in after.iter().filter(|is| !before.iter().any(|was| same_place(was, is))) {
        let verdict = if is.rights.is_empty() { rule::USE_REVOKED } else { rule::GRANTED };
        drafts.push((draft("added", new, is).after(json!(is)), vec![verdict]));
    }
    for (draft, verdicts) in drafts {
        comparison.push_object(draft, &verdicts);
    }
}

fn others_of(body: &Body) -> &[OtherPrivilege] {
    match body {
        Body::Database(database) => &database.other_privileges,
        _ => &[],
    }
}

fn defaults_of(body: &Body) -> &[DefaultPrivilege] {
    match body {
        Body::Database(database) => &database.default_privileges,
        Body::Schema(schema) => &schema.default_privileges,
        _ => &[],
    }
}

/// `public.film.reporting`, or `public.film.length.reporting` for a column.
fn path(object: &Object, privilege: &Privilege) -> String {
    let column = privilege.column.as_deref();
    let parts: Vec<&str> = column.into_iter().chain([privilege.grantee.as_str()]).collect();
    format!("{}.{}", object.path, path_of(&parts))
}

fn facts(privilege: &Privilege) -> Value {
    json!({
        "grantee": privilege.grantee,
        "column": privilege.column,
        "rights": privilege.rights,
        "grantable": privilege.grantable,
    })
}

/// What it means that a role has other rights, and may pass others on, than before.
fn lessened(was: (&[String], &[String]), is: (&[String], &[String])) -> Vec<Verdict> {
    let taken: Vec<String> = was.0.iter().filter(|right| !is.0.contains(right)).cloned().collect();
    let passed_on = was.1.iter().any(|right| !is.1.contains(right));
    let mut verdicts = revoked(&taken);
    verdicts.push(if passed_on { rule::NOT_GRANTABLE } else { rule::GRANTED });
    verdicts
}

/// Each right that was taken hurts those who used it.
fn revoked(rights: &[String]) -> Vec<Verdict> {
    rights
        .iter()
        .map(|right| match right.as_str() {
            "select" => rule::READ_REVOKED,
            "insert" | "update" | "delete" | "truncate" => rule::WRITE_REVOKED,
            "references" | "trigger" | "maintain" | "create" | "temporary" => rule::DEFINITION_REVOKED,
            _ => rule::USE_REVOKED,
        })
        .collect()
}
