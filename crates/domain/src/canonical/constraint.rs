//! The canonical form of what belongs to a table besides its columns: a spelling, and an order by name, then content.

use types::snapshot::{Check, Engine, Exclusion, ForeignKey, Index, Key, Policy};

use super::blank;
use crate::sql::expression;

pub(super) fn key(key: &mut Key) {
    key.include.sort_unstable();
    blank(&mut key.comment);
}

pub(super) fn keys(keys: &mut [Key]) {
    keys.iter_mut().for_each(key);
    keys.sort_by(|a, b| (&a.name, &a.columns).cmp(&(&b.name, &b.columns)));
}

pub(super) fn foreign_keys(engine: Engine, keys: &mut [ForeignKey]) {
    for key in keys.iter_mut() {
        action(engine, &mut key.on_delete);
        action(engine, &mut key.on_update);
        key.on_delete_columns.sort_unstable();
        blank(&mut key.comment);
    }
    keys.sort_by(|a, b| {
        (&a.name, &a.columns, &a.references, &a.referenced_columns).cmp(&(
            &b.name,
            &b.columns,
            &b.references,
            &b.referenced_columns,
        ))
    });
}

/// No action stated is `no action`; InnoDB treats `restrict` as the same.
fn action(engine: Engine, action: &mut String) {
    let spelled = action.to_ascii_lowercase().replace('_', " ");
    let innodb = matches!(engine, Engine::Mysql | Engine::Mariadb);
    *action = match spelled.trim() {
        "" => "no action".into(),
        "restrict" if innodb => "no action".into(),
        other => other.into(),
    };
}

pub(super) fn checks(engine: Engine, checks: &mut [Check]) {
    for check in checks.iter_mut() {
        check.expression = expression::expression(engine, &check.expression);
        blank(&mut check.comment);
    }
    checks.sort_by(|a, b| (&a.name, &a.expression).cmp(&(&b.name, &b.expression)));
}

pub(super) fn exclusions(engine: Engine, exclusions: &mut [Exclusion]) {
    for exclusion in exclusions.iter_mut() {
        exclusion.definition = expression::definition(engine, &exclusion.definition);
    }
    exclusions.sort_by(|a, b| (&a.name, &a.definition).cmp(&(&b.name, &b.definition)));
}

pub(super) fn indexes(engine: Engine, indexes: &mut [Index]) {
    for index in indexes.iter_mut() {
        index.method.make_ascii_lowercase();
        for part in &mut index.parts {
            part.expression = expression::expression(engine, &part.expression);
        }
        index.predicate = index
            .predicate
            .as_deref()
            .map(|predicate| expression::expression(engine, predicate))
            .filter(|predicate| !predicate.is_empty());
        index.include.sort_unstable();
        blank(&mut index.comment);
    }
    indexes.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| columns(a).cmp(columns(b))));
}

fn columns(index: &Index) -> impl Iterator<Item = &str> {
    index.parts.iter().map(|part| part.expression.as_str())
}

pub(super) fn policies(engine: Engine, policies: &mut [Policy]) {
    for policy in policies.iter_mut() {
        policy.command.make_ascii_lowercase();
        policy.roles.sort_unstable();
        policy.roles.dedup();
        for condition in [&mut policy.using, &mut policy.check].into_iter().flatten() {
            *condition = expression::expression(engine, condition);
        }
    }
    policies.sort_by(|a, b| (&a.name, &a.command).cmp(&(&b.name, &b.command)));
}
