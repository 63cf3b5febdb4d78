//! Which tables and views changes touch, and which depend on those.

use std::collections::BTreeSet;

use types::change::Change;
use types::snapshot::{Body, Object};

/// The most paths that an event names.
const MOST: usize = 20;

/// The tables and views that the changes touch, then the views that read them and the tables that refer to them.
pub(super) fn affected(changes: &[Change], old: &[Object], new: &[Object]) -> Vec<String> {
    let relations: BTreeSet<&str> = old
        .iter()
        .chain(new)
        .filter(|object| is_relation(&object.body))
        .map(|object| object.path.as_str())
        .collect();
    let mut touched: BTreeSet<&str> = BTreeSet::new();
    for change in changes {
        let paths = [Some(change.path.as_str()), change.old_path.as_deref()];
        touched.extend(paths.into_iter().flatten().filter_map(|path| relation_of(&relations, path)));
    }
    let dependent: BTreeSet<&str> = old
        .iter()
        .chain(new)
        .filter(|object| !touched.contains(object.path.as_str()) && depends_on(&object.body, &touched))
        .map(|object| object.path.as_str())
        .collect();
    touched.iter().chain(&dependent).take(MOST).map(|path| (*path).to_owned()).collect()
}

fn is_relation(body: &Body) -> bool {
    matches!(body, Body::Table(_) | Body::View(_) | Body::MaterializedView(_))
}

/// The relation that a path is in or is: its longest beginning that names one.
fn relation_of<'a>(relations: &BTreeSet<&'a str>, path: &str) -> Option<&'a str> {
    let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
    ends.rev().find_map(|end| relations.get(&path[..end]).copied())
}

fn depends_on(body: &Body, touched: &BTreeSet<&str>) -> bool {
    match body {
        Body::Table(table) => {
            table.foreign_keys.iter().any(|reference| touched.contains(reference.references.as_str()))
        }
        Body::View(view) | Body::MaterializedView(view) => {
            view.depends_on.iter().any(|path| touched.contains(path.as_str()))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use types::change::Severity;
    use types::snapshot::{ForeignKey, Table, View};

    fn object(path: &str, body: Body) -> Object {
        let parts = path.split('.').map(str::to_owned).collect();
        Object { path: path.into(), parts, hash: String::new(), physical: None, body }
    }

    #[test]
    fn a_column_touches_its_table_and_what_depends_on_it() {
        let film = object("public.film", Body::Table(Table::default()));
        let mut rental = Table::default();
        rental.foreign_keys.push(ForeignKey { references: "public.film".into(), ..ForeignKey::default() });
        let list = View { depends_on: vec!["public.film".into()], ..View::default() };
        let objects = [
            film,
            object("public.rental", Body::Table(rental)),
            object("public.film_list", Body::View(list)),
            object("public.actor", Body::Table(Table::default())),
        ];
        let change = Change {
            kind: "column.dropped".into(),
            path: "public.film.length".into(),
            old_path: None,
            before: Value::Null,
            after: Value::Null,
            readers: Severity::Breaking,
            writers: Severity::Breaking,
            flags: Vec::new(),
            codes: Vec::new(),
            reason: String::new(),
            evidence: Vec::new(),
            policy: None,
        };
        let paths = affected(&[change], &objects, &objects);
        assert_eq!(paths, ["public.film", "public.film_list", "public.rental"]);
    }
}
