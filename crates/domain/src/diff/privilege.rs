//! Who may do what.

use std::borrow::Cow;

use serde_json::{Value, json};
use types::snapshot::{Body, Object, Privilege, path_of};

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
                let taken: Vec<String> =
                    was.rights.iter().filter(|right| !is.rights.contains(right)).cloned().collect();
                let passed_on = was.grantable.iter().any(|right| !is.grantable.contains(right));
                let mut verdicts = revoked(&taken);
                verdicts.push(if passed_on { rule::NOT_GRANTABLE } else { rule::GRANTED });
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
        Body::Schema(schema) => &schema.privileges,
        Body::Table(table) => &table.privileges,
        Body::View(view) | Body::MaterializedView(view) => &view.privileges,
        Body::Sequence(sequence) => &sequence.privileges,
        Body::Function(routine) | Body::Procedure(routine) => &routine.privileges,
        Body::Enum(enumeration) => return of_type(&enumeration.privileges),
        Body::Domain(domain) => return of_type(&domain.privileges),
        Body::CompositeType(composite) => return of_type(&composite.privileges),
        Body::RangeType(range) => return of_type(&range.privileges),
        Body::Collation(_) | Body::Extension(_) => return Cow::Borrowed(&[]),
    };
    Cow::Borrowed(listed.as_slice())
}

/// A type's, with what everybody may do written out: nothing is listed where it is everybody's to use.
fn of_type(listed: &[Privilege]) -> Cow<'_, [Privilege]> {
    let is_everybody = |privilege: &Privilege| privilege.grantee == "public";
    if listed.iter().any(is_everybody) {
        let does = |privilege: &&Privilege| !is_everybody(privilege) || !privilege.rights.is_empty();
        return listed.iter().filter(does).cloned().collect();
    }
    let usage = Privilege { grantee: "public".into(), rights: vec!["usage".into()], ..Privilege::default() };
    std::iter::once(usage).chain(listed.iter().cloned()).collect()
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
