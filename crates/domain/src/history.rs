//! What happened to one object, told from the events of its source: newest first, under the names it had by then.

use types::change::Change;

/// Whether a change is of what stands at `now` after it and stood at `before`: of the object itself, of something in it, or
/// of what it is in as a whole (the table of a column, the schema of a table) when that came, went or was renamed.
#[must_use]
pub fn concerns(change: &Change, now: &str, before: &str) -> bool {
    // What was dropped is called as it was, in a table that is called otherwise now as well.
    let path = if change.verb() == "dropped" { before } else { now };
    let names = [Some(change.path.as_str()), change.old_path.as_deref()];
    let of_it = names.iter().flatten().any(|name| is_within(name, path));
    let around_it = matches!(change.verb(), "added" | "dropped" | "renamed")
        && names.iter().flatten().any(|name| is_within(path, name));
    of_it || around_it
}

/// What stands at `path` after these changes was called this before them.
#[must_use]
pub fn path_before(changes: &[Change], path: &str) -> String {
    // A column renamed in a renamed table has a change of its own, with both of its names whole.
    let renames = changes.iter().filter(|change| is_within(path, &change.path));
    let nearest = renames
        .filter_map(|change| Some((&change.path, change.old_path.as_ref()?)))
        .max_by_key(|(now, _)| now.len());
    match nearest {
        Some((now, before)) => format!("{before}{}", &path[now.len()..]),
        None => path.to_owned(),
    }
}

/// Whether `path` is `whole` or stands below it.
fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use types::change::Severity;

    use super::*;

    fn change(kind: &str, path: &str, old_path: Option<&str>) -> Change {
        Change {
            kind: kind.to_owned(),
            path: path.to_owned(),
            old_path: old_path.map(str::to_owned),
            before: serde_json::Value::Null,
            after: serde_json::Value::Null,
            readers: Severity::Info,
            writers: Severity::Info,
            flags: Vec::new(),
            codes: Vec::new(),
            reason: String::new(),
            evidence: Vec::new(),
            policy: None,
        }
    }

    #[test]
    fn a_change_concerns_what_it_is_of_what_that_holds_and_what_holds_it() {
        for (kind, path, old_path, asked, expected) in [
            ("column.type_changed", "s.film.length", None, "s.film.length", true),
            ("column.type_changed", "s.film.length", None, "s.film", true),
            ("column.type_changed", "s.film.length", None, "s.film.title", false),
            ("column.type_changed", "s.film.length", None, "s.fil", false),
            ("column.renamed", "s.film.title", Some("s.film.name"), "s.film.name", true),
            ("table.renamed", "s.movie", Some("s.film"), "s.movie.length", true),
            ("table.dropped", "s.film", None, "s.film.length", true),
            ("table.changed", "s.film", None, "s.film.length", false),
            ("table.dropped", "s.film", None, "s.filmmaker", false),
        ] {
            let change = change(kind, path, old_path);
            assert_eq!(concerns(&change, asked, asked), expected, "{kind} {path} for {asked}");
        }
    }

    #[test]
    fn what_a_renamed_table_lost_is_found_under_its_old_name() {
        for (kind, path, expected) in [
            ("column.dropped", "s.film.length", true),
            ("primary_key.dropped", "s.film.film_pkey", true),
            ("column.added", "s.movie.minutes", true),
            // Another table that was called as this one is now.
            ("table.dropped", "s.movie", false),
            ("column.dropped", "s.movie.length", false),
        ] {
            assert_eq!(concerns(&change(kind, path, None), "s.movie", "s.film"), expected, "{kind} {path}");
        }
    }

    #[test]
    fn the_name_before_is_that_of_the_nearest_rename() {
        let changes = [
            change("table.renamed", "s.movie", Some("s.film")),
            change("column.renamed", "s.movie.title", Some("s.film.name")),
            change("table.added", "s.actor", None),
        ];
        for (now, before) in [
            ("s.movie", "s.film"),
            ("s.movie.length", "s.film.length"),
            ("s.movie.title", "s.film.name"),
            ("s.actor.id", "s.actor.id"),
            ("s.movies", "s.movies"),
        ] {
            assert_eq!(path_before(&changes, now), before);
        }
    }
}
