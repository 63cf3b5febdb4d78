//! What only the text of `CREATE TABLE` says: conditions, names of constraints, collations, generated columns.

use std::collections::HashMap;

/// The facts of one table's text. Names of columns are in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Definition {
    /// Name, if it has one, and condition.
    pub(super) checks: Vec<(Option<String>, String)>,
    pub(super) autoincrement: bool,
    pub(super) collations: HashMap<String, String>,
    /// Expression, and whether it is kept on disk.
    pub(super) generated: HashMap<String, (String, bool)>,
    /// Names of keys and references, by what they are (`primary`, `unique`, `foreign`) and their columns.
    pub(super) names: HashMap<(&'static str, Vec<String>), String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Quoted,
    Open,
    Close,
    Comma,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    fn name(&self) -> String {
        if self.kind != Kind::Quoted {
            return self.text.to_owned();
        }
        let inner = self.text.get(1..self.text.len().saturating_sub(1)).unwrap_or_default();
        match self.text.get(..1) {
            Some(quote @ ("\"" | "`" | "'")) => inner.replace(&quote.repeat(2), quote),
            _ => inner.to_owned(),
        }
    }
}

/// The facts in a `CREATE TABLE` text. Text it does not understand yields fewer facts, never an error: SQLite itself
/// has accepted it.
pub(super) fn parse(sql: &str) -> Definition {
    let tokens = tokens(sql);
    let mut definition = Definition::default();
    let Some(open) = tokens.iter().position(|token| token.kind == Kind::Open) else { return definition };
    let close = group_end(&tokens, open);
    let body = tokens.get(open + 1..close).unwrap_or_default();
    for part in split(body) {
        read_part(sql, part, &mut definition);
    }
    definition
}

/// The parts of a `CREATE INDEX` text, and the condition of a partial index.
pub(super) fn index_text(sql: &str) -> (Vec<String>, Option<String>) {
    let tokens = tokens(sql);
    let Some(open) = tokens.iter().position(|token| token.kind == Kind::Open) else {
        return Default::default();
    };
    let close = group_end(&tokens, open);
    let text = |part: &[Token<'_>]| {
        // The words for the order are told by a pragma.
        let kept = part.iter().rposition(|token| !token.is("ASC") && !token.is("DESC"));
        let last = kept.and_then(|last| part.get(last))?;
        sql.get(part.first()?.start..last.start + last.text.len()).map(ToOwned::to_owned)
    };
    let parts =
        split(tokens.get(open + 1..close).unwrap_or_default()).map(|part| text(part).unwrap_or_default());
    let condition = tokens.get(close + 1..).unwrap_or_default().iter().find(|token| token.is("WHERE"));
    let predicate = condition.and_then(|token| sql.get(token.start + token.text.len()..));
    (parts.collect(), predicate.map(|text| text.trim().to_owned()))
}

/// Names of `relations`, which are found by their small letters, that a view's text reads from.
pub(super) fn reads<'a>(sql: &str, relations: &HashMap<String, &'a str>) -> Vec<&'a str> {
    let tokens = tokens(sql);
    let mut named = std::collections::HashSet::new();
    for pair in tokens.windows(2) {
        let [before, token] = pair else { continue };
        let begins =
            before.is("FROM") || before.is("JOIN") || matches!(before.kind, Kind::Comma | Kind::Open);
        if begins && matches!(token.kind, Kind::Word | Kind::Quoted) {
            named.insert(token.name().to_ascii_lowercase());
        }
    }
    // `main.track`: what follows the schema's name.
    for window in tokens.windows(3) {
        let [schema, dot, token] = window else { continue };
        if schema.is("main") && dot.text == "." {
            named.insert(token.name().to_ascii_lowercase());
        }
    }
    let mut found: Vec<&str> = named.iter().filter_map(|name| relations.get(name).copied()).collect();
    found.sort_unstable();
    found
}

fn read_part(sql: &str, part: &[Token<'_>], definition: &mut Definition) {
    const CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
    let Some(first) = part.first() else { return };
    let column = if CONSTRAINTS.iter().any(|word| first.is(word)) {
        None
    } else {
        Some(first.name().to_ascii_lowercase())
    };
    let mut pending: Option<String> = None;
    let mut index = usize::from(column.is_some());
    while let Some(token) = part.get(index) {
        index += 1;
        let kind = if token.is("CONSTRAINT") {
            pending = part.get(index).map(Token::name);
            index += 1;
            continue;
        } else if token.is("CHECK") {
            if let Some(text) = group_text(sql, part, index) {
                definition.checks.push((pending.take(), text));
            }
            continue;
        } else if token.is("AUTOINCREMENT") {
            definition.autoincrement = true;
            continue;
        } else if token.is("COLLATE") {
            if let (Some(column), Some(collation)) = (&column, part.get(index)) {
                definition.collations.insert(column.clone(), collation.name());
            }
            continue;
        } else if token.is("AS") {
            if let (Some(column), Some(text)) = (&column, group_text(sql, part, index)) {
                let stored = part.get(group_end(part, index) + 1).is_some_and(|token| token.is("STORED"));
                definition.generated.insert(column.clone(), (text, stored));
            }
            index = group_end(part, index) + 1;
            continue;
        } else if token.kind == Kind::Open {
            // A type's length, a default's expression, lists of columns.
            index = group_end(part, index - 1) + 1;
            continue;
        } else if token.is("PRIMARY") {
            "primary"
        } else if token.is("UNIQUE") {
            "unique"
        } else if token.is("FOREIGN") || (column.is_some() && token.is("REFERENCES")) {
            "foreign"
        } else {
            continue;
        };
        let columns = match &column {
            Some(column) => vec![column.clone()],
            None => listed(part, index),
        };
        if let Some(name) = pending.take() {
            definition.names.insert((kind, columns), name);
        }
    }
}

/// The columns in the next parentheses.
fn listed(part: &[Token<'_>], from: usize) -> Vec<String> {
    let Some(open) = (from..part.len()).find(|index| part.get(*index).is_some_and(|t| t.kind == Kind::Open))
    else {
        return Vec::new();
    };
    let body = part.get(open + 1..group_end(part, open)).unwrap_or_default();
    split(body).filter_map(|item| item.first()).map(|token| token.name().to_ascii_lowercase()).collect()
}

/// Splits at commas outside of parentheses.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_i32;
    tokens.split(move |token| {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        depth == 0 && token.kind == Kind::Comma
    })
}

/// The index of the parenthesis that closes the one at `open`, or of the end.
fn group_end(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_i32;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len()
}

/// The text inside the parentheses that open at `open`.
fn group_text(sql: &str, tokens: &[Token<'_>], open: usize) -> Option<String> {
    let first = tokens.get(open).filter(|token| token.kind == Kind::Open)?;
    let last = tokens.get(group_end(tokens, open))?;
    sql.get(first.start + 1..last.start).map(|text| text.trim().to_owned())
}

fn tokens(sql: &str) -> Vec<Token<'_>> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        let find = |from: usize, end: &str| {
            sql.get(from..)
                .and_then(|rest| rest.find(end))
                .map_or(bytes.len(), |place| from + place + end.len())
        };
        let kind = match byte {
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = find(at, "\n");
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = find(at + 2, "*/");
                continue;
            }
            b'[' => {
                at = find(at, "]");
                Kind::Quoted
            }
            quote @ (b'"' | b'`' | b'\'') => {
                at += 1;
                while let Some(byte) = bytes.get(at) {
                    at += 1;
                    if byte == quote {
                        if bytes.get(at) != Some(quote) {
                            break;
                        }
                        at += 1;
                    }
                }
                Kind::Quoted
            }
            b'(' | b')' | b',' => {
                at += 1;
                match byte {
                    b'(' => Kind::Open,
                    b')' => Kind::Close,
                    _ => Kind::Comma,
                }
            }
            b if is_word(*b) => {
                while bytes.get(at).is_some_and(|byte| is_word(*byte)) {
                    at += 1;
                }
                Kind::Word
            }
            _ => {
                at += 1;
                Kind::Other
            }
        };
        tokens.push(Token { kind, text: sql.get(start..at).unwrap_or_default(), start });
    }
    tokens
}

/// Every byte of a character beyond ASCII may be part of a name.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_no_pragma_tells_is_found() {
        let definition = parse(
            "CREATE TABLE \"odd, (name\" ( -- a comment with , and (\n id INTEGER PRIMARY KEY AUTOINCREMENT, \
             price DECIMAL(10, 2) NOT NULL CONSTRAINT dear CHECK (price > (1 + 1)), \
             title TEXT COLLATE NOCASE DEFAULT ('a,b'), tax REAL GENERATED ALWAYS AS (price * 0.2) STORED, \
             net REAL AS (price - tax), [other id] INT, CHECK (title <> ')'), \
             CONSTRAINT one_of UNIQUE (title, \"price\"), \
             CONSTRAINT belongs FOREIGN KEY ([other id]) REFERENCES t (id) ON DELETE CASCADE)",
        );
        assert_eq!(
            definition.checks,
            [(Some("dear".to_owned()), "price > (1 + 1)".to_owned()), (None, "title <> ')'".to_owned())]
        );
        assert!(definition.autoincrement);
        assert_eq!(definition.collations["title"], "NOCASE");
        assert_eq!(definition.generated["tax"], ("price * 0.2".to_owned(), true));
        assert_eq!(definition.generated["net"], ("price - tax".to_owned(), false));
        assert_eq!(definition.names[&("unique", vec!["title".into(), "price".into()])], "one_of");
        assert_eq!(definition.names[&("foreign", vec!["other id".into()])], "belongs");
    }

    #[test]
    fn text_that_ends_too_early_panics_nowhere() {
        let whole = "CREATE TABLE \"é\" (a TEXT CHECK (a <> 'é'), b AS (a || 'x') STORED, UNIQUE (a))";
        for end in 0..=whole.len() {
            if let Some(part) = whole.get(..end) {
                let _ = parse(part);
            }
        }
    }

    #[test]
    fn an_index_has_parts_and_perhaps_a_condition() {
        let (parts, predicate) = index_text("CREATE INDEX i ON t (lower(a), b DESC) WHERE b > (0)");
        assert_eq!(parts, ["lower(a)", "b"]);
        assert_eq!(predicate.as_deref(), Some("b > (0)"));
    }

    #[test]
    fn a_view_reads_what_stands_after_from_and_join() {
        let sql = "CREATE VIEW v AS SELECT a.title FROM Album a, [genre] g JOIN main.track ON title = a.id";
        let relations = ["album", "Genre", "track", "title", "artist"];
        let relations = relations.map(|name| (name.to_ascii_lowercase(), name)).into();
        let found = reads(sql, &relations);
        assert_eq!(found, ["Genre", "album", "track"]);
    }
}
