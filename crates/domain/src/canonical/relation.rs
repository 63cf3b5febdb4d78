//! The canonical form of tables and views.

use types::snapshot::{Column, Engine, NotNull, Table, Trigger, View, path_of};

use super::type_alias::{canonical_type, serial_base};
use super::{blank, constraint};
use crate::sql::expression;

pub(super) fn table(engine: Engine, parts: &[String], table: &mut Table) {
    columns(engine, parts, &mut table.columns);
    if let Some(key) = &mut table.primary_key {
        constraint::key(key);
    }
    constraint::keys(&mut table.uniques);
    constraint::foreign_keys(engine, &mut table.foreign_keys);
    constraint::checks(engine, &mut table.checks);
    constraint::exclusions(engine, &mut table.exclusions);
    constraint::indexes(engine, &mut table.indexes);
    constraint::policies(engine, &mut table.policies);
    triggers(engine, &mut table.triggers);
    if let Some(partitions) = &mut table.partitions {
        partitions.key = expression::expression(engine, &partitions.key);
        partitions.names.sort_unstable();
    }
    sort_set(&mut table.options);
    super::privileges(&mut table.privileges);
    blank(&mut table.comment);
}

pub(super) fn view(engine: Engine, parts: &[String], view: &mut View) {
    columns(engine, parts, &mut view.columns);
    view.definition = expression::definition(engine, &view.definition);
    constraint::indexes(engine, &mut view.indexes);
    triggers(engine, &mut view.triggers);
    sort_set(&mut view.depends_on);
    sort_set(&mut view.calls);
    sort_set(&mut view.options);
    super::privileges(&mut view.privileges);
    blank(&mut view.comment);
}

fn columns(engine: Engine, parts: &[String], columns: &mut [Column]) {
    columns.sort_by_key(|column| column.position);
    for (position, column) in (1..).zip(columns) {
        column.position = position;
        self::column(engine, parts, column);
    }
}

fn column(engine: Engine, parts: &[String], column: &mut Column) {
    if engine == Engine::Postgres
        && let Some(base) = serial_base(&column.data_type)
    {
        // `serial` is an integer that is never NULL with the next number of its own sequence as default.
        base.clone_into(&mut column.data_type);
        column.nullable = false;
        if column.default.is_none() {
            let mut sequence = parts.to_vec();
            if let Some(table) = sequence.last_mut() {
                *table = format!("{table}_{}_seq", column.name);
            }
            column.default = Some(format!("nextval('{}')", path_of(&sequence).replace('\'', "''")));
        }
    }
    column.data_type = canonical_type(engine, &column.data_type);
    column.default = column.default.as_deref().and_then(|text| expression::default(engine, text));
    column.on_update = column.on_update.as_deref().and_then(|text| expression::default(engine, text));
    if let Some(generated) = &mut column.generated {
        generated.expression = expression::expression(engine, &generated.expression);
    }
    column.collation = column
        .collation
        .take()
        .filter(|collation| !collation.is_empty() && collation != "default")
        .map(|collation| collation_name(engine, collation));
    blank(&mut column.comment);
    let nullable = column.nullable;
    column.not_null = column.not_null.take().filter(|_| !nullable).and_then(not_null);
}

/// Nothing where it says no more than the word.
fn not_null(mut told: NotNull) -> Option<NotNull> {
    blank(&mut told.comment);
    let plain = NotNull { validated: true, ..NotNull::default() };
    (told != plain).then_some(told)
}

/// `utf8` is the older name of `utf8mb3`; SQLite's collations have no case.
fn collation_name(engine: Engine, collation: String) -> String {
    match engine {
        Engine::Mysql | Engine::Mariadb => match collation.strip_prefix("utf8_") {
            Some(rest) => format!("utf8mb3_{rest}"),
            None => collation,
        },
        Engine::Sqlite => collation.to_ascii_uppercase(),
        Engine::Postgres => collation,
    }
}

fn triggers(engine: Engine, triggers: &mut [Trigger]) {
    for trigger in triggers.iter_mut() {
        trigger.definition = expression::definition(engine, &trigger.definition);
    }
    triggers.sort_by(|a, b| (&a.name, &a.definition).cmp(&(&b.name, &b.definition)));
}

fn sort_set(words: &mut Vec<String>) {
    words.sort_unstable();
    words.dedup();
}
