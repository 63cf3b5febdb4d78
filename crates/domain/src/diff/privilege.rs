//! Who may do what.

use serde_json::{Value, json};
use types::snapshot::{Body, Object, Privilege, path_of};

use super::comparison::{Comparison, Draft, Subject};
use crate::severity::{Verdict, privilege as rule};

/// Compares the rights of other roles than the owner, of any object that has them.
pub(super) fn privileges(comparison: &mut Comparison<'_>, old: &Object, new: &Object) {
    let (before, after) = (of(&old.body), of(&new.body));
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

fn of(body: &Body) -> &[Privilege] {
    match body {
        Body::Schema(schema) => &schema.privileges,
        Body::Table(table) => &table.privileges,
        Body::View(view) | Body::MaterializedView(view) => &view.privileges,
        Body::Sequence(sequence) => &sequence.privileges,
        Body::Function(routine) | Body::Procedure(routine) => &routine.privileges,
        Body::Enum(_)
        | Body::Domain(_)
        | Body::CompositeType(_)
        | Body::RangeType(_)
        | Body::Collation(_)
        | Body::Extension(_) => &[],
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
