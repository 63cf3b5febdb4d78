mod columns;
mod constraints;
mod every_field;
mod objects;
mod properties;
mod relations;
mod renames;
mod rights;
mod type_objects;

use types::change::{Change, Flag, Severity};
use types::snapshot::{Engine, Object};

use super::*;
use crate::fixture::snapshot;

/// The letters of the reference table of rules.
fn letter(severity: Severity) -> char {
    match severity {
        Severity::Info => 'I',
        Severity::Safe => 'S',
        Severity::PotentiallyBreaking => 'P',
        Severity::Breaking => 'B',
    }
}

/// `column.dropped public.film.length BB D`: kind, path, readers and writers, flags.
fn line(change: &Change) -> String {
    let flags: String = change
        .flags
        .iter()
        .map(|flag| match flag {
            Flag::DataLost => 'D',
            Flag::DependsOnData => 'F',
            Flag::Locks => 'L',
            Flag::Authorization => 'A',
        })
        .collect();
    let text = format!(
        "{} {} {}{} {flags}",
        change.kind,
        change.path,
        letter(change.readers),
        letter(change.writers)
    );
    text.trim_end().to_owned()
}

fn changes(engine: Engine, old: Vec<Object>, new: Vec<Object>) -> Vec<Change> {
    diff(&snapshot(engine, old), &snapshot(engine, new), None)
}

fn lines(engine: Engine, old: Vec<Object>, new: Vec<Object>) -> Vec<String> {
    changes(engine, old, new).iter().map(line).collect()
}
