//! The blast radius of what is no relation: who names a type, a function or a sequence in a text of its own.
//!
//! PostgreSQL prints every name that is not its own with its schema, so that a name says which object is meant. What
//! the body of a function names is not known: the body stays where it is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use types::snapshot::{Body, Engine, Index, Object, Snapshot, Trigger, path_of, without_arguments};

use super::uses::list;
use crate::canonical::at_path;
use crate::sql::token::{Kind, Token, tokens, unquote};

/// What names another thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum User {
    Column,
    Check,
    Exclusion,
    Index,
    Policy,
    Trigger,
    View,
    Type,
    Routine,
}

impl User {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Column => ("column", "columns"),
            Self::Check => ("check", "checks"),
            Self::Exclusion => ("exclusion", "exclusions"),
            Self::Index => ("index", "indexes"),
            Self::Policy => ("policy", "policies"),
            Self::Trigger => ("trigger", "triggers"),
            Self::View => ("view", "views"),
            Self::Type => ("type", "types"),
            Self::Routine => ("function", "functions"),
        }
    }
}

/// How a thing is named in texts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Type,
    /// Before a parenthesis.
    Call,
    /// In a literal as well: `nextval('public.film_id_seq')`.
    Sequence,
}

/// A thing that is asked for.
struct Target<'a> {
    object: &'a Object,
    manner: Manner,
    schema: &'a str,
    /// Its name; a range type has another one for its multiranges.
    names: Vec<&'a str>,
}

impl<'a> Target<'a> {
    fn of(object: &'a Object) -> Option<Self> {
        let manner = match object.body {
            Body::Enum(_)
            | Body::Domain(_)
            | Body::CompositeType(_)
            | Body::RangeType(_)
            | Body::Collation(_) => Manner::Type,
            Body::Function(_) | Body::Procedure(_) => Manner::Call,
            Body::Sequence(_) => Manner::Sequence,
            Body::Database(_)
            | Body::Schema(_)
            | Body::Table(_)
            | Body::View(_)
            | Body::MaterializedView(_)
            | Body::Extension(_)
            | Body::ForeignServer(_) => return None,
        };
        let [.., schema, name] = object.parts.as_slice() else { return None };
        let name = if manner == Manner::Call { without_arguments(name) } else { name };
        let sets = match &object.body {
            Body::RangeType(range) => range.multirange.as_deref().and_then(|path| path.rsplit('.').next()),
            _ => None,
        };
        Some(Self { object, manner, schema, names: std::iter::once(name).chain(sets).collect() })
    }

    /// Whether a text may name it: few do, and to look is quicker than to cut the text into tokens.
    fn may_be_in(&self, text: &str) -> bool {
        self.names.iter().any(|name| name.contains(['"', '`']) || text.contains(name))
    }

    fn is_named(&self, engine: Engine, text: &[Token<'_>]) -> bool {
        text.iter().enumerate().any(|(at, token)| {
            if self.manner == Manner::Sequence && token.kind == Kind::Literal {
                return self.is_named(engine, &tokens(engine, &unquote(&token.text)));
            }
            let named = token.name().is_some_and(|name| self.names.contains(&&*name));
            let called =
                || self.manner != Manner::Call || text.get(at + 1).is_some_and(|next| next.is_symbol("("));
            named && called() && self.is_its_schema(engine, &text[..at])
        })
    }

    /// Whether the schema stands before the name. On MySQL a trigger may call a function of its own schema without.
    fn is_its_schema(&self, engine: Engine, before: &[Token<'_>]) -> bool {
        match before {
            [.., schema, dot] if dot.is_symbol(".") => schema.name().is_some_and(|name| name == self.schema),
            _ => self.manner == Manner::Call && engine != Engine::Postgres,
        }
    }

    /// Whether the object is the thing itself, or one of the functions that PostgreSQL makes for a range type.
    fn is_part_of(&self, object: &Object) -> bool {
        let made = |name: &String| self.names.contains(&without_arguments(name));
        std::ptr::eq(self.object, object)
            || matches!(self.object.body, Body::RangeType(_))
                && matches!(object.body, Body::Function(_))
                && object.parts.last().is_some_and(made)
    }
}

type Users = BTreeMap<User, BTreeSet<String>>;

/// Who names what, by the old catalog.
#[derive(Default)]
pub(super) struct Mentions<'a> {
    /// By kind and path.
    found: HashMap<(&'static str, &'a str), Users>,
}

impl<'a> Mentions<'a> {
    /// Only what is asked for is looked for, by kind and path. The objects are in order.
    pub(super) fn of(old: &'a Snapshot, asked: &HashSet<(&str, &str)>) -> Self {
        let mut mentions = Self::default();
        let mut targets: Vec<Target<'a>> = asked
            .iter()
            .flat_map(|(kind, path)| {
                at_path(&old.objects, path).iter().filter(move |object| object.body.kind() == *kind)
            })
            .filter_map(Target::of)
            .collect();
        if targets.iter().any(|target| target.manner == Manner::Call) {
            let overloaded = overloaded(old);
            targets.retain(|target| {
                target.manner != Manner::Call || !overloaded.contains(&(target.schema, target.names[0]))
            });
        }
        if targets.is_empty() {
            return mentions;
        }
        let engine = old.header.engine;
        // The same types and defaults stand in many columns.
        let mut known: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for object in &old.objects {
            texts(object, &mut |user, part, text| {
                let named = known.entry(text).or_insert_with(|| named_in(engine, &targets, text));
                for target in named.iter().filter_map(|at| targets.get(*at)) {
                    if !target.is_part_of(object) {
                        let path = match part {
                            Some(part) => part_path(object, part),
                            None => object.path.clone(),
                        };
                        let key = (target.object.body.kind(), target.object.path.as_str());
                        mentions.found.entry(key).or_default().entry(user).or_default().insert(path);
                    }
                }
            });
        }
        mentions
    }

    /// "Used by columns a.b.c, a.b.d; type a.e."
    pub(super) fn sentence(&self, kind: &str, path: &str) -> Option<String> {
        let users = self.found.get(&(kind, path))?;
        let uses: Vec<String> = users
            .iter()
            .filter_map(|(user, paths)| {
                let (one, many) = user.words();
                list(one, many, paths.iter().map(String::as_str))
            })
            .collect();
        (!uses.is_empty()).then(|| format!("Used by {}.", uses.join("; ")))
    }
}

fn named_in(engine: Engine, targets: &[Target<'_>], text: &str) -> Vec<usize> {
    let mut cut = None;
    let mut named = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        if target.may_be_in(text) && target.is_named(engine, cut.get_or_insert_with(|| tokens(engine, text)))
        {
            named.push(at);
        }
    }
    named
}

/// Functions that share their name with others: a call does not tell which of them it means.
fn overloaded(snapshot: &Snapshot) -> HashSet<(&str, &str)> {
    let (mut once, mut more) = (HashSet::new(), HashSet::new());
    for object in &snapshot.objects {
        if let (Body::Function(_) | Body::Procedure(_), [.., schema, name]) =
            (&object.body, object.parts.as_slice())
            && !once.insert((schema.as_str(), without_arguments(name)))
        {
            more.insert((schema.as_str(), without_arguments(name)));
        }
    }
    more
}

fn part_path(object: &Object, part: &str) -> String {
    let parts: Vec<&str> = object.parts.iter().map(String::as_str).chain([part]).collect();
    path_of(&parts)
}

/// Tells every text of an object: whose it is, the name of that part where it has one, and the text.
fn texts<'a>(object: &'a Object, tell: &mut impl FnMut(User, Option<&'a str>, &'a str)) {
    match &object.body {
        Body::Table(table) => {
            for column in &table.columns {
                let generated = column.generated.as_ref().map(|generated| &generated.expression);
                let rest = [&column.default, &column.on_update, &column.collation].into_iter().flatten();
                for text in std::iter::once(&column.data_type).chain(rest).chain(generated) {
                    tell(User::Column, Some(&column.name), text);
                }
            }
            for check in &table.checks {
                tell(User::Check, Some(&check.name), &check.expression);
            }
            for exclusion in &table.exclusions {
                tell(User::Exclusion, Some(&exclusion.name), &exclusion.definition);
            }
            for policy in &table.policies {
                for text in [&policy.using, &policy.check].into_iter().flatten() {
                    tell(User::Policy, Some(&policy.name), text);
                }
            }
            of_a_relation(&table.indexes, &table.triggers, tell);
        }
        Body::View(view) | Body::MaterializedView(view) => {
            tell(User::View, None, &view.definition);
            for column in &view.columns {
                tell(User::View, None, &column.data_type);
            }
            of_a_relation(&view.indexes, &view.triggers, tell);
        }
        Body::Domain(domain) => {
            let checks = domain.checks.iter().map(|check| &check.expression);
            for text in std::iter::once(&domain.data_type).chain(&domain.default).chain(checks) {
                tell(User::Type, None, text);
            }
        }
        Body::CompositeType(composite) => {
            for attribute in &composite.attributes {
                for text in std::iter::once(&attribute.data_type).chain(&attribute.collation) {
                    tell(User::Type, None, text);
                }
            }
        }
        Body::RangeType(range) => {
            for text in std::iter::once(&range.subtype).chain(&range.collation) {
                tell(User::Type, None, text);
            }
        }
        Body::Function(routine) | Body::Procedure(routine) => {
            for text in std::iter::once(&routine.arguments).chain(&routine.returns) {
                tell(User::Routine, None, text);
            }
        }
        Body::Database(_)
        | Body::Schema(_)
        | Body::Enum(_)
        | Body::Collation(_)
        | Body::Sequence(_)
        | Body::Extension(_)
        | Body::ForeignServer(_) => {}
    }
}

fn of_a_relation<'a>(
    indexes: &'a [Index],
    triggers: &'a [Trigger],
    tell: &mut impl FnMut(User, Option<&'a str>, &'a str),
) {
    for index in indexes {
        let parts = index.parts.iter();
        let parts = parts.flat_map(|part| std::iter::once(&part.expression).chain(&part.collation));
        for text in parts.chain(&index.predicate) {
            tell(User::Index, Some(&index.name), text);
        }
    }
    for trigger in triggers {
        tell(User::Trigger, Some(&trigger.name), &trigger.definition);
    }
}
