//! The blast radius: who uses what was dropped, renamed or retyped, as far as the catalog tells.

use std::collections::{BTreeSet, HashMap, HashSet};

use types::snapshot::{Body, Engine, Object, Routine, Snapshot, Table};

use crate::canonical::at_path;
use crate::sql::token::tokens;

/// Names listed in one sentence before "and n more".
const MOST_NAMES: usize = 5;

/// Who uses what, by the old catalog.
#[derive(Default)]
pub(super) struct Uses<'a> {
    engine: Option<Engine>,
    /// Views by what they read.
    views: HashMap<&'a str, Vec<&'a Object>>,
    /// Tables, and the columns that they refer to, by the table referred to.
    references: HashMap<&'a str, Vec<(&'a str, &'a [String])>>,
    /// The tables that are asked for.
    tables: HashMap<&'a str, &'a Table>,
    /// Functions by the tables whose rows they take or give.
    routines: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> Uses<'a> {
    /// Only what is asked for is read, by path: most diffs touch a few tables. The objects are in order.
    pub(super) fn of(old: &'a Snapshot, asked: &HashSet<&str>) -> Self {
        let mut uses = Self { engine: Some(old.header.engine), ..Self::default() };
        if asked.is_empty() {
            return uses;
        }
        let mut paths: Vec<&str> = asked.iter().copied().collect();
        paths.sort_unstable();
        let mut named: HashMap<&str, &'a str> = HashMap::new();
        for object in paths.into_iter().flat_map(|path| at_path(&old.objects, path)) {
            if let Some(name) = object.parts.last() {
                named.insert(name, &object.path);
            }
            if let Body::Table(table) = &object.body {
                uses.tables.insert(&object.path, table);
            }
        }
        for object in &old.objects {
            match &object.body {
                Body::View(view) | Body::MaterializedView(view) => {
                    for source in &view.depends_on {
                        uses.views.entry(source).or_default().push(object);
                    }
                }
                Body::Table(table) => {
                    for key in table.foreign_keys.iter().filter(|key| asked.contains(key.references.as_str()))
                    {
                        let columns = key.referenced_columns.as_slice();
                        uses.references.entry(&key.references).or_default().push((&object.path, columns));
                    }
                }
                Body::Function(routine) | Body::Procedure(routine) => {
                    for name in signature(old.header.engine, routine) {
                        if let Some(path) = named.get(name.as_str()) {
                            uses.routines.entry(path).or_default().push(&object.path);
                        }
                    }
                }
                _ => {}
            }
        }
        uses
    }

    /// "Used by views a, b; foreign keys from c; policies d." and "Through them by view e."
    pub(super) fn sentences(&self, table: &str, column: Option<&str>) -> Vec<String> {
        let direct = self.direct_views(table, column);
        let mut uses = vec![list("view", "views", direct.iter().copied())];
        let references = self.references.get(table).into_iter().flatten();
        let references = references
            .filter(|(_, columns)| column.is_none_or(|column| columns.iter().any(|name| name == column)))
            .map(|(path, _)| *path);
        uses.push(list("a foreign key from", "foreign keys from", references));
        if let (Some(table), Some(column)) = (self.tables.get(table), column) {
            uses.extend(self.within(table, column));
        }
        if column.is_none() {
            let routines = self.routines.get(table).into_iter().flatten().copied();
            uses.push(list("function", "functions", routines));
        }
        let uses: Vec<String> = uses.into_iter().flatten().collect();
        let mut sentences = Vec::new();
        if !uses.is_empty() {
            sentences.push(format!("Used by {}.", uses.join("; ")));
        }
        if let Some(views) = list("view", "views", self.indirect_views(&direct).into_iter()) {
            sentences.push(format!("Through them by {views}."));
        }
        sentences
    }

    fn direct_views(&self, table: &str, column: Option<&str>) -> BTreeSet<&'a str> {
        let views = self.views.get(table).into_iter().flatten();
        views
            .filter(|object| {
                column.is_none_or(|column| match &object.body {
                    Body::View(view) | Body::MaterializedView(view) => self.names(&view.definition, column),
                    _ => false,
                })
            })
            .map(|object| object.path.as_str())
            .collect()
    }

    /// Views over views, however far.
    fn indirect_views(&self, direct: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let mut found = direct.clone();
        let mut open: Vec<&str> = direct.iter().copied().collect();
        while let Some(path) = open.pop() {
            for object in self.views.get(path).into_iter().flatten() {
                if found.insert(&object.path) {
                    open.push(&object.path);
                }
            }
        }
        found.difference(direct).copied().collect()
    }

    /// What belongs to the table itself and names the column.
    fn within(&self, table: &'a Table, column: &str) -> impl Iterator<Item = Option<String>> {
        let generated = table.columns.iter().filter(|other| {
            let expression = other.generated.as_ref().map(|generated| generated.expression.as_str());
            other.name != column && expression.is_some_and(|expression| self.names(expression, column))
        });
        let policies = table.policies.iter().filter(|policy| {
            [&policy.using, &policy.check].into_iter().flatten().any(|text| self.names(text, column))
        });
        let checks = table.checks.iter().filter(|check| self.names(&check.expression, column));
        let triggers = table.triggers.iter().filter(|trigger| self.names(&trigger.definition, column));
        let indexes = table.indexes.iter().filter(|index| {
            let parts = index.parts.iter().map(|part| &part.expression).chain(&index.predicate);
            index.include.iter().any(|name| name == column)
                || parts.into_iter().any(|text| self.names(text, column))
        });
        let keys = table.primary_key.iter().chain(&table.uniques);
        let keys = keys.filter(|key| key.columns.iter().any(|name| name == column));
        let references = table.foreign_keys.iter();
        let references = references.filter(|key| key.columns.iter().any(|name| name == column));
        [
            list("generated column", "generated columns", generated.map(|column| column.name.as_str())),
            list("key", "keys", keys.map(|key| key.name.as_str())),
            list("foreign key", "foreign keys", references.map(|key| key.name.as_str())),
            list("check", "checks", checks.map(|check| check.name.as_str())),
            list("index", "indexes", indexes.map(|index| index.name.as_str())),
            list("policy", "policies", policies.map(|policy| policy.name.as_str())),
            list("trigger", "triggers", triggers.map(|trigger| trigger.name.as_str())),
        ]
        .into_iter()
    }

    fn names(&self, text: &str, column: &str) -> bool {
        self.engine.is_some_and(|engine| {
            tokens(engine, text).iter().filter_map(|token| token.name()).any(|name| name == column)
        })
    }
}

/// The names in what a function takes and gives; its body stays where it is.
fn signature(engine: Engine, routine: &Routine) -> Vec<String> {
    let texts = std::iter::once(&routine.arguments).chain(&routine.returns);
    texts
        .flat_map(|text| {
            let tokens = tokens(engine, text);
            let names: Vec<String> =
                tokens.iter().filter_map(|token| token.name().map(std::borrow::Cow::into_owned)).collect();
            names
        })
        .collect()
}

/// "views a, b and 3 more", the names in order; nothing for none.
pub(super) fn list<'p>(one: &str, many: &str, names: impl Iterator<Item = &'p str>) -> Option<String> {
    let names: BTreeSet<&str> = names.filter(|name| !name.is_empty()).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    let word = if names.len() == 1 { one } else { many };
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(format!("{word} {shown}")),
        (false, more) => Some(format!("{word} {shown} and {more} more")),
    }
}
