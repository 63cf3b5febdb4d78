//! What a team decided about changes beforehand: rules, accepted changes, announced migrations.
//!
//! One shape for the file of `bastion diff --policy`, the API and the database. Unknown fields, kinds and levels are
//! refused: a rule with a slip of the pen would silently not hold.

mod document;

use std::fmt;

use chrono::{Days, NaiveDate, NaiveTime};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;
use crate::change::{Audience, Severity};

pub use document::{
    AnnounceMigration, EffectivePolicy, PolicyDocument, PolicyPreview, PolicyVersion, PreviewPolicy,
    PreviewedChange, PreviewedEvent, SetPolicy,
};

/// The version of this shape that is written.
pub const POLICY_VERSION: u32 = 1;

/// Everything decided for an organization, or for one of its sources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// 1.
    pub version: u32,
    /// Applied in order: each sees what those before it left.
    #[serde(default)]
    pub rules: Vec<Rule>,
    #[serde(default)]
    pub accepted: Vec<Accepted>,
    #[serde(default)]
    pub migrations: Vec<Migration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { version: POLICY_VERSION, rules: Vec::new(), accepted: Vec::new(), migrations: Vec::new() }
    }
}

/// What becomes of the changes that a rule concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// At least as severe as `to`.
    Raise,
    /// At most as severe as `to`.
    Lower,
    /// Left out.
    Ignore,
}

/// A rule about changes of a kind, in a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub kind: KindPattern,
    /// `*` within a part, `**` across dots: `public.tmp_*`, `staging.**`. Everything where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A source's name; all where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whose severity is raised or lowered.
    #[serde(default)]
    pub audience: Audience,
    pub action: Action,
    /// Asked for by `raise` and `lower`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Severity>,
    /// The last day, or the moment, at which it holds; for good where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    pub reason: String,
    pub author: String,
}

/// A change that was expected: quiet until it changes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    pub kind: KindPattern,
    /// The path itself, not a pattern.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the change led to, as its fingerprint says.
    pub fingerprint: String,
    pub reason: String,
    pub author: String,
}

/// A migration announced beforehand: what it changes in its window raises no alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Migration {
    pub from: Timestamp,
    pub until: Timestamp,
    /// As in a rule; everything where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// All kinds where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindPattern>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    pub reason: String,
    pub author: String,
}

const OBJECTS: &[&str] = &[
    "database",
    "schema",
    "table",
    "view",
    "materialized_view",
    "column",
    "primary_key",
    "unique",
    "foreign_key",
    "check",
    "exclusion",
    "index",
    "enum",
    "domain",
    "composite_type",
    "range_type",
    "collation",
    "sequence",
    "function",
    "procedure",
    "trigger",
    "policy",
    "privilege",
    "default_privilege",
    "extension",
    "foreign_server",
];
const VERBS: &[&str] = &["added", "dropped", "renamed", "changed", "comment_changed", "owner_changed"];
const COLUMN_VERBS: &[&str] = &[
    "type_changed",
    "nullability_changed",
    "default_changed",
    "generated_changed",
    "identity_changed",
    "collation_changed",
    "moved",
];
const ENUM_VERBS: &[&str] = &["value_added", "value_removed", "value_renamed", "value_moved"];

/// A kind of change, such as `column.dropped`; `*` stands for every object or verb: `column.*`, `*.dropped`, `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "column.dropped"))]
pub struct KindPattern(String);

impl KindPattern {
    /// The pattern, if there is a kind that it can match.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let known = match text.split_once('.') {
            None => text == "*",
            Some((object, verb)) => {
                let common = VERBS.contains(&verb) || verb == "*";
                let of_column = COLUMN_VERBS.contains(&verb) && matches!(object, "column" | "*");
                let of_enum = ENUM_VERBS.contains(&verb) && matches!(object, "enum" | "*");
                (OBJECTS.contains(&object) || object == "*") && (common || of_column || of_enum)
            }
        };
        known.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a change of that kind is meant.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        let part = |pattern: &str, part: &str| pattern == "*" || pattern == part;
        match (self.0.split_once('.'), kind.split_once('.')) {
            (None, _) => true,
            (Some((objects, verbs)), Some((object, verb))) => part(objects, object) && part(verbs, verb),
            (Some(_), None) => false,
        }
    }
}

impl Serialize for KindPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for KindPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| {
            Self::parse(text).ok_or_else(|| {
                let shown: String = text.chars().take(60).collect();
                format!("there is no kind of change {shown:?}")
            })
        };
        deserializer.deserialize_str(Words { asked: "a kind of change", parse })
    }
}

/// The moment at which something ends. A date alone is the end of that day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "2026-12-31"))]
pub struct Until(pub Timestamp);

impl Serialize for Until {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let end_of_day = |date: NaiveDate| {
            Some(Timestamp(date.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc()))
        };
        let parse = |text: &str| {
            Timestamp::parse(text)
                .or_else(|| text.parse::<NaiveDate>().ok().and_then(end_of_day))
                .map(Self)
                .ok_or_else(|| "a date (2026-12-31) or a time (RFC 3339) is asked for".to_owned())
        };
        deserializer.deserialize_str(Words { asked: "a date or a time", parse })
    }
}

/// Reads a text that has a meaning. A refusal comes while the text is read, so that a file's reader knows its line.
struct Words<F> {
    asked: &'static str,
    parse: F,
}

impl<T, F: Fn(&str) -> Result<T, String>> Visitor<'_> for Words<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.asked)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_kinds_that_exist() {
        for good in ["*", "column.dropped", "column.*", "*.dropped", "enum.value_added", "*.type_changed"] {
            assert!(KindPattern::parse(good).is_some(), "{good}");
        }
        for bad in ["", "column", "colum.dropped", "table.type_changed", "column.value_added", "column.drop"]
        {
            assert!(KindPattern::parse(bad).is_none(), "{bad}");
        }
        let matches = |pattern: &str, kind: &str| KindPattern::parse(pattern).unwrap().matches(kind);
        assert!(matches("*", "table.added") && matches("column.*", "column.moved"));
        assert!(!matches("column.*", "table.added") && !matches("*.dropped", "column.moved"));
    }

    #[test]
    fn a_date_holds_until_its_end() {
        let until =
            |text: &str| serde_json::from_value::<Until>(text.into()).map(|until| until.0.to_string());
        assert_eq!(until("2026-12-31").unwrap(), "2027-01-01T00:00:00.000Z");
        assert_eq!(until("2026-12-31T06:00:00+01:00").unwrap(), "2026-12-31T05:00:00.000Z");
        assert!(until("tomorrow").is_err());
    }
}
