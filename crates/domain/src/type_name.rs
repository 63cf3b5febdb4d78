//! A column's type, taken apart: name, arguments, array dimensions.

use std::fmt::Write as _;

use types::snapshot::Engine;

use crate::sql::token::{Kind, tokens, unquote};

/// A type as written in a catalog: `character varying(255)[]`, `int unsigned`, `enum('a','b')`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypeName {
    /// Words before the arguments, joined by a space; small letters, except that SQLite's are large.
    pub(crate) base: String,
    /// Numbers and literals as written, without spaces round them.
    pub(crate) arguments: Vec<String>,
    /// Words after the arguments: `with time zone`, `unsigned`.
    pub(crate) tail: String,
    /// Number of array dimensions; PostgreSQL does not tell `int[]` from `int[][]`, and neither do we.
    pub(crate) array: bool,
}

impl TypeName {
    pub(crate) fn parse(engine: Engine, text: &str) -> Self {
        let mut parsed = Self::default();
        let mut depth = 0_usize;
        let mut seen_arguments = false;
        let mut glue = false;
        let mut sign = "";
        for token in tokens(engine, text) {
            match (token.kind, &*token.text) {
                (Kind::Symbol, "(") => {
                    depth += 1;
                    seen_arguments = true;
                }
                (Kind::Symbol, ")") => depth = depth.saturating_sub(1),
                (Kind::Symbol, ",") if depth > 0 => {}
                (Kind::Symbol, "[") => parsed.array = true,
                (Kind::Symbol, "]") => {}
                (Kind::Symbol, ".") => {
                    parsed.base.push('.');
                    glue = true;
                }
                (Kind::Symbol, "-") if depth > 0 => sign = "-",
                _ if depth > 0 => {
                    parsed.arguments.push(format!("{sign}{}", token.text));
                    sign = "";
                }
                (Kind::Number, _) if parsed.array => {}
                (kind, word) => {
                    let word = match kind {
                        Kind::Word if engine == Engine::Sqlite => word.to_ascii_uppercase(),
                        Kind::Word => word.to_ascii_lowercase(),
                        _ => word.to_owned(),
                    };
                    let into = if seen_arguments { &mut parsed.tail } else { &mut parsed.base };
                    if !into.is_empty() && !glue {
                        into.push(' ');
                    }
                    into.push_str(&word);
                    glue = false;
                }
            }
        }
        if let Some(plain) = parsed.base.strip_prefix("pg_catalog.") {
            parsed.base = plain.to_owned();
        }
        if !seen_arguments {
            parsed.split_tail();
        }
        parsed
    }

    /// Without arguments nothing marks where the tail begins but its words.
    fn split_tail(&mut self) {
        const TAILS: &[&str] =
            &[" with time zone", " without time zone", " unsigned", " signed", " zerofill"];
        let start = TAILS.iter().filter_map(|tail| self.base.find(tail)).min();
        if let Some(start) = start {
            let tail = self.base.split_off(start);
            tail.trim_start().clone_into(&mut self.tail);
        }
    }

    /// The argument at `index` as a number.
    pub(crate) fn number(&self, index: usize) -> Option<u64> {
        self.arguments.get(index)?.parse().ok()
    }

    /// The values of MySQL's `enum` and `set`.
    pub(crate) fn values(&self) -> Vec<String> {
        self.arguments.iter().map(|argument| unquote(argument).into_owned()).collect()
    }

    pub(crate) fn unsigned(&self) -> bool {
        self.tail.split(' ').any(|word| word == "unsigned")
    }

    pub(crate) fn text(&self) -> String {
        let mut text = self.base.clone();
        if !self.arguments.is_empty() {
            let _ = write!(text, "({})", self.arguments.join(","));
        }
        if !self.tail.is_empty() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&self.tail);
        }
        if self.array {
            text.push_str("[]");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_taken_apart_and_put_together() {
        let cases = [
            (Engine::Postgres, "CHARACTER  VARYING (255) []", "character varying(255)[]"),
            (Engine::Postgres, "numeric(10, 2)", "numeric(10,2)"),
            (Engine::Postgres, "timestamp(3) with time zone", "timestamp(3) with time zone"),
            (Engine::Postgres, "public.mood", "public.mood"),
            (Engine::Postgres, "pg_catalog.int4", "int4"),
            (Engine::Postgres, "\"My\".\"Mood\"[]", "\"My\".\"Mood\"[]"),
            (Engine::Mysql, "ENUM('a', 'b')", "enum('a','b')"),
            (Engine::Mysql, "int(10) unsigned", "int(10) unsigned"),
            (Engine::Sqlite, "nvarchar( 160 )", "NVARCHAR(160)"),
            (Engine::Sqlite, "", ""),
        ];
        for (engine, text, expected) in cases {
            let parsed = TypeName::parse(engine, text);
            assert_eq!(parsed.text(), expected, "{text}");
            assert_eq!(TypeName::parse(engine, &parsed.text()), parsed, "{text}");
        }
    }
}
