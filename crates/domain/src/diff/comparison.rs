//! What all comparisons of one diff share, and the list of changes that they make.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use types::change::{Change, Flag};
use types::snapshot::{Body, Engine, ForeignKey, Object, Snapshot, path_of};

use super::column;
use super::pairing::{Pairing, Rename};
use crate::canonical::at_path;
use crate::evidence::Found;
use crate::severity::types::Surroundings;
use crate::severity::{COMMENT, OWNER, Verdict};
use crate::sql::rewrite::Names;

/// One change on its way, before its rules are applied.
pub(super) struct Draft<'a> {
    pub(super) object: &'a str,
    pub(super) verb: &'a str,
    pub(super) path: String,
    pub(super) old_path: Option<String>,
    pub(super) before: Value,
    pub(super) after: Value,
}

impl<'a> Draft<'a> {
    pub(super) fn new(object: &'a str, verb: &'a str, path: impl Into<String>) -> Self {
        Self { object, verb, path: path.into(), old_path: None, before: Value::Null, after: Value::Null }
    }

    pub(super) fn before(mut self, value: impl Into<Value>) -> Self {
        self.before = value.into();
        self
    }

    pub(super) fn after(mut self, value: impl Into<Value>) -> Self {
        self.after = value.into();
        self
    }

    pub(super) fn renamed_from(mut self, path: impl Into<String>) -> Self {
        self.old_path = Some(path.into());
        self
    }
}

/// The relation that is being compared, and how its columns are called now.
#[derive(Default)]
pub(super) struct Subject {
    /// Path in the old snapshot.
    pub(super) old_path: String,
    pub(super) is_view: bool,
    /// Renamed objects and the relation's own renamed columns.
    pub(super) names: Names,
}

/// One diff in progress.
pub(super) struct Comparison<'a> {
    pub(super) engine: Engine,
    pub(super) same_database: bool,
    /// Renamed objects, by last part and by path.
    names: Names,
    /// Renamed columns by the old path of their table.
    columns: HashMap<&'a str, Names>,
    /// Paths and last parts of enumerations.
    enums: HashSet<&'a str>,
    /// Paths of range types, and of their multirange types, that came or went.
    ranges: HashSet<&'a str>,
    /// The objects of each side, in order.
    old_objects: &'a [Object],
    new_objects: &'a [Object],
    found: Vec<Found>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(old: &'a Snapshot, new: &'a Snapshot, pairing: &Pairing<'a>) -> Self {
        let mut comparison = Self {
            engine: new.header.engine,
            same_database: pairing.same_database,
            names: Names::default(),
            columns: HashMap::new(),
            enums: HashSet::new(),
            ranges: pairing.dropped.iter().chain(&pairing.added).copied().flat_map(ranges).collect(),
            old_objects: &old.objects,
            new_objects: &new.objects,
            found: Vec::new(),
        };
        for object in old.objects.iter().chain(&new.objects) {
            if matches!(object.body, Body::Enum(_)) {
                comparison.enums.insert(&object.path);
                comparison.enums.extend(object.parts.last().map(String::as_str));
            }
        }
        for (before, after, rename) in &pairing.pairs {
            if *rename != Rename::No {
                comparison.names.insert(&before.path, &after.path);
                if let (Some(from), Some(to)) = (before.parts.last(), after.parts.last()) {
                    comparison.names.insert(from, to);
                }
            }
            let mut renamed = Names::default();
            for (from, to) in column::pair(before, after, pairing.same_database).renamed() {
                renamed.insert(from, to);
            }
            if !renamed.is_empty() {
                comparison.columns.insert(&before.path, renamed);
            }
        }
        comparison
    }

    pub(super) fn finish(self) -> Vec<Found> {
        self.found
    }

    /// The names that a relation's own texts may use.
    pub(super) fn subject(&self, old: &Object) -> Subject {
        let mut names = match self.columns.get(old.path.as_str()) {
            Some(columns) => self.names.with(columns),
            None => self.names.clone(),
        };
        if let Body::View(view) | Body::MaterializedView(view) = &old.body {
            for (path, columns) in &self.columns {
                if view.depends_on.is_empty() || view.depends_on.iter().any(|source| source == path) {
                    names = names.with(columns);
                }
            }
        }
        Subject { old_path: old.path.clone(), is_view: !matches!(old.body, Body::Table(_)), names }
    }

    /// What an object of the old snapshot is called now.
    pub(super) fn path_now<'p>(&'p self, old: &'p str) -> &'p str {
        self.names.of(old)
    }

    /// What a column of the old snapshot is called now.
    pub(super) fn column_now<'p>(&'p self, table: &str, column: &'p str) -> &'p str {
        self.columns.get(table).map_or(column, |names| names.of(column))
    }

    /// The same for the path of a column, `schema.table.column`.
    pub(super) fn column_path_now(&self, path: &str) -> String {
        let dots = path.rmatch_indices('.').map(|(dot, _)| dot);
        for dot in dots {
            let (table, column) = (&path[..dot], &path[dot + 1..]);
            if relation_at(self.old_objects, table).is_some() {
                let name = column.trim_matches('"').replace("\"\"", "\"");
                let now = self.column_now(table, &name);
                return format!("{}.{}", self.path_now(table), path_of(&[now]));
            }
        }
        path.to_owned()
    }

    /// Whether two texts differ by renames of objects only.
    pub(super) fn same_text(&self, old: &str, new: &str) -> bool {
        self.names.same(self.engine, old, new)
    }

    /// The columns that a reference of the old snapshot leads to.
    pub(super) fn referenced_before<'k>(&'k self, key: &'k ForeignKey) -> &'k [String] {
        referenced(self.old_objects, key)
    }

    /// The columns that a reference of the new snapshot leads to.
    pub(super) fn referenced_now<'k>(&'k self, key: &'k ForeignKey) -> &'k [String] {
        referenced(self.new_objects, key)
    }

    /// Whether it is the path of a range type, or of its multirange type, that came or went.
    pub(super) fn is_range_of_one_side(&self, path: &str) -> bool {
        self.ranges.contains(path)
    }

    /// Whether a view stands there in the new snapshot.
    pub(super) fn is_view_now(&self, path: &str) -> bool {
        relation_at(self.new_objects, path).is_some_and(|object| !matches!(object.body, Body::Table(_)))
    }

    /// Whether something stands under an old name in the new snapshot.
    pub(super) fn stands(&self, path: &str) -> bool {
        relation_at(self.new_objects, path).is_some()
    }

    /// Whether a column was there before and is there now; `path` is `schema.table.column` in one of the snapshots.
    pub(super) fn column_stays(&self, path: &str) -> bool {
        let has = |objects: &[Object], table: &str, rest: &str| {
            relation_at(objects, table).is_some_and(|object| {
                object.body.columns().iter().any(|column| path_of(&[&column.name]) == rest)
            })
        };
        path.rmatch_indices('.').any(|(dot, _)| {
            let (table, rest) = (&path[..dot], &path[dot + 1..]);
            has(self.old_objects, table, rest) && has(self.new_objects, table, rest)
        })
    }

    /// What ranks changes of types here.
    pub(super) fn with_surroundings<R>(
        &self,
        strict: bool,
        collation: Option<&str>,
        rank: impl FnOnce(&Surroundings<'_>) -> R,
    ) -> R {
        rank(&Surroundings {
            engine: self.engine,
            is_enum: &|name| self.enums.contains(name),
            strict,
            character_bytes: character_bytes(collation),
        })
    }

    /// Notes a change judged by rules; where several apply, the worst of each audience counts.
    pub(super) fn push(&mut self, subject: &Subject, draft: Draft<'_>, rules: &[Verdict]) {
        self.note(Some(subject), None, draft, rules);
    }

    /// The same for a column, `name` as the old snapshot calls it.
    pub(super) fn push_column(&mut self, subject: &Subject, name: &str, draft: Draft<'_>, rules: &[Verdict]) {
        self.note(Some(subject), Some(name), draft, rules);
    }

    /// The same for an object that is no relation.
    pub(super) fn push_object(&mut self, draft: Draft<'_>, rules: &[Verdict]) {
        self.note(None, None, draft, rules);
    }

    /// Comments and owners, which every object may have.
    pub(super) fn comment(&mut self, object: &str, path: &str, old: Option<&str>, new: Option<&str>) {
        if old != new {
            let draft = Draft::new(object, "comment_changed", path).before(old).after(new);
            self.push_object(draft, &[COMMENT]);
        }
    }

    pub(super) fn owner(&mut self, object: &str, path: &str, old: Option<&str>, new: Option<&str>) {
        if old != new {
            let draft = Draft::new(object, "owner_changed", path).before(old).after(new);
            self.push_object(draft, &[OWNER]);
        }
    }

    fn note(&mut self, subject: Option<&Subject>, column: Option<&str>, draft: Draft<'_>, rules: &[Verdict]) {
        let Some(worst) = rules
            .iter()
            .copied()
            .reduce(|worst, rule| if weight(&rule) > weight(&worst) { rule } else { worst })
        else {
            return;
        };
        let verdict = rules.iter().fold(worst, |verdict, rule| verdict.at_least(*rule));
        let view = subject.is_some_and(|subject| subject.is_view);
        let mut flags: Vec<Flag> = rules.iter().flat_map(|rule| rule.flags).copied().collect();
        // A view holds no rows: nothing is lost with it, and nothing is rewritten.
        flags.retain(|flag| !view || *flag == Flag::Authorization);
        flags.sort_unstable();
        flags.dedup();
        let mut codes: Vec<String> = rules
            .iter()
            .flat_map(|rule| rule.codes)
            .filter(|code| applies(self.engine, code) && !view)
            .map(|code| (*code).to_owned())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        self.found.push(Found {
            table: subject.map(|subject| subject.old_path.clone()),
            column: column.map(str::to_owned),
            change: Change {
                kind: format!("{}.{}", draft.object, draft.verb),
                path: draft.path,
                old_path: draft.old_path,
                before: draft.before,
                after: draft.after,
                readers: verdict.readers,
                writers: verdict.writers,
                flags,
                codes,
                reason: verdict.reason.to_owned(),
                evidence: Vec::new(),
                policy: None,
            },
        });
    }
}

fn weight(rule: &Verdict) -> (types::change::Severity, types::change::Severity) {
    (rule.readers.max(rule.writers), rule.readers.min(rule.writers))
}

/// Atlas has codes of its own for each engine.
fn applies(engine: Engine, code: &str) -> bool {
    match code.get(..2) {
        Some("PG") => engine == Engine::Postgres,
        Some("MY") => matches!(engine, Engine::Mysql | Engine::Mariadb),
        Some("LT") => engine == Engine::Sqlite,
        _ => true,
    }
}

/// MySQL's collations begin with their character set.
fn character_bytes(collation: Option<&str>) -> u64 {
    match collation.and_then(|name| name.split('_').next()) {
        Some("latin1" | "ascii" | "binary") => 1,
        Some("ucs2") => 2,
        Some("utf8mb3" | "utf8") => 3,
        _ => 4,
    }
}

/// The table or view at a path.
fn relation_at<'a>(objects: &'a [Object], path: &str) -> Option<&'a Object> {
    at_path(objects, path)
        .iter()
        .rfind(|object| matches!(object.body, Body::Table(_) | Body::View(_) | Body::MaterializedView(_)))
}

fn ranges(object: &Object) -> impl Iterator<Item = &str> {
    let range = match &object.body {
        Body::RangeType(range) => Some(range),
        _ => None,
    };
    range
        .into_iter()
        .flat_map(move |range| [Some(object.path.as_str()), range.multirange.as_deref()])
        .flatten()
}

/// In SQLite a reference that names no columns leads to the primary key.
fn referenced<'k>(objects: &'k [Object], key: &'k ForeignKey) -> &'k [String] {
    let primary_key = || match &relation_at(objects, &key.references)?.body {
        Body::Table(table) => table.primary_key.as_ref().map(|primary| primary.columns.as_slice()),
        _ => None,
    };
    let named = key.referenced_columns.as_slice();
    if named.is_empty() { primary_key().unwrap_or(named) } else { named }
}
