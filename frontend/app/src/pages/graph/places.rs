//! Where somebody put the tables of a source, kept in this browser and not in the address.

use std::fmt::Write;

use graph::{Moves, Point};
use leptos::prelude::*;

use crate::workspace::Workspace;

/// The name that the places of a source are kept under.
fn key(org: Option<&str>, source: &str) -> String {
    format!("bastion.graph.{}.{source}", org.unwrap_or_default())
}

/// A line each: the corner, then the path, which may hold spaces.
fn written(moves: &Moves) -> String {
    let mut paths: Vec<_> = moves.iter().collect();
    paths.sort_by(|one, other| one.0.cmp(other.0));
    paths.into_iter().fold(String::new(), |mut out, (path, corner)| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:.0} {:.0} {path}", corner.x, corner.y);
        out
    })
}

/// What cannot be read is passed over: the layout places those tables.
fn read(text: &str) -> Moves {
    text.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ' ');
            let mut number = || parts.next()?.parse::<f64>().ok().filter(|number| number.is_finite());
            let corner = Point { x: number()?, y: number()? };
            Some((parts.next()?.to_owned(), corner))
        })
        .collect()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// What is shown once a source's kept places are read: a table that was put somewhere before it was known which source
/// that is stays there.
fn joined(kept: Moves, made: Moves) -> Moves {
    kept.into_iter().chain(made).collect()
}

/// A full or forbidden storage only means that the places are not kept.
fn keep(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = if text.is_empty() { storage.remove_item(name) } else { storage.set_item(name, text) };
    }
}

/// The places of the source that is shown; read when another is chosen, written when they change.
pub(super) fn kept(workspace: Workspace) -> RwSignal<Moves> {
    let moves = RwSignal::new(Moves::new());
    // Nothing until it is known which source that is: the graph may be there before the list of sources.
    let name =
        Memo::new(move |_| workspace.one_source().map(|source| key(workspace.org.get().as_deref(), &source)));
    Effect::new(move |before: Option<Option<String>>| {
        let before = before.flatten();
        let now = name.get();
        if let Some(name) = &now {
            let text = storage().and_then(|storage| storage.get_item(name).ok().flatten());
            let kept = read(&text.unwrap_or_default());
            let made = if before.is_none() { moves.get_untracked() } else { Moves::new() };
            if !made.is_empty() {
                keep(name, &written(&joined(kept.clone(), made.clone())));
            }
            moves.set(joined(kept, made));
        } else if before.is_some() {
            moves.set(Moves::new());
        }
        now
    });
    Effect::new(move |before: Option<String>| {
        let text = moves.with(written);
        if before.is_some_and(|before| before != text)
            && let Some(name) = name.get_untracked()
        {
            keep(&name, &text);
        }
        text
    });
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        let moves = Moves::from([
            ("main.order lines".to_owned(), Point { x: -12.0, y: 40.0 }),
            ("main.a".to_owned(), Point { x: 0.0, y: 3.0 }),
        ]);
        assert_eq!(written(&moves), "0 3 main.a\n-12 40 main.order lines\n");
        assert_eq!(read(&written(&moves)), moves);
    }

    #[test]
    fn a_table_that_was_put_somewhere_before_the_kept_places_were_read_stays_there() {
        let at = |x| Point { x, y: 0.0 };
        let kept = Moves::from([("main.a".to_owned(), at(1.0)), ("main.b".to_owned(), at(2.0))]);
        let made = Moves::from([("main.b".to_owned(), at(3.0))]);
        let all = joined(kept.clone(), made);
        assert_eq!((all["main.a"], all["main.b"]), (at(1.0), at(3.0)));
        assert_eq!(joined(kept.clone(), Moves::new()), kept);
    }

    #[test]
    fn what_is_damaged_is_passed_over() {
        assert_eq!(read("NaN 1 main.a\n1 main.b\n\n2 3\nx y z"), Moves::new());
    }
}
