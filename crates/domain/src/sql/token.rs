//! Cuts SQL text into tokens, leaving comments and white space behind.

use std::borrow::Cow;

use types::snapshot::Engine;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or a plain name.
    Word,
    /// A quoted name, with its quotes.
    Quoted,
    /// A text literal, with its quotes and prefix.
    Literal,
    Number,
    Symbol,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: Cow<'a, str>,
}

impl<'a> Token<'a> {
    pub(crate) fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, text: text.into() }
    }

    pub(crate) fn is_symbol(&self, text: &str) -> bool {
        self.kind == Kind::Symbol && self.text == text
    }

    pub(crate) fn is_word(&self, text: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(text)
    }

    /// The name that a word or a quoted name stands for.
    pub(crate) fn name(&self) -> Option<Cow<'_, str>> {
        match self.kind {
            Kind::Word => Some(Cow::Borrowed(&*self.text)),
            Kind::Quoted => Some(unquote(&self.text)),
            Kind::Literal | Kind::Number | Kind::Symbol => None,
        }
    }
}

/// The content of a quoted name or of a plain text literal.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let mut inner = text.chars();
    let close = match inner.next() {
        Some('[') => ']',
        Some(quote) => quote,
        None => return Cow::Borrowed(text),
    };
    let inner = inner.as_str();
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    let doubled = format!("{close}{close}");
    if inner.contains(&doubled) {
        Cow::Owned(inner.replace(&doubled, &close.to_string()))
    } else {
        Cow::Borrowed(inner)
    }
}

const OPERATOR: &[u8] = b"+-*/<>=~!@#%^&|?";

/// Cuts `text` into tokens. An unfinished quote or comment runs to the end.
pub(crate) fn tokens(engine: Engine, text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &text[at..];
        let (kind, length) = match byte {
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            b'\'' => (Kind::Literal, literal(bytes, at, backslash_escapes(engine)) - at),
            b'"' => (Kind::Quoted, closing(bytes, at, b'"') - at),
            b'`' => (Kind::Quoted, closing(bytes, at, b'`') - at),
            b'[' if engine == Engine::Sqlite => (Kind::Quoted, closing(bytes, at, b']') - at),
            b'$' if engine == Engine::Postgres => dollar(rest),
            b'0'..=b'9' => (Kind::Number, number(rest.as_bytes())),
            b'.' if bytes.get(at + 1).is_some_and(u8::is_ascii_digit) && !follows_name(&found) => {
                (Kind::Number, number(rest.as_bytes()))
            }
            b':' if rest.starts_with("::") || rest.starts_with(":=") => (Kind::Symbol, 2),
            _ if OPERATOR.contains(&byte) => (Kind::Symbol, operator(rest)),
            _ if word_byte(byte) => word(bytes, at, engine),
            _ => (Kind::Symbol, 1),
        };
        found.push(Token::new(kind, &text[at..at + length]));
        at += length;
    }
    found
}

fn backslash_escapes(engine: Engine) -> bool {
    matches!(engine, Engine::Mysql | Engine::Mariadb)
}

fn follows_name(found: &[Token<'_>]) -> bool {
    found.last().is_some_and(|last| matches!(last.kind, Kind::Word | Kind::Quoted))
}

fn word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

/// A word, or a literal with a prefix such as `E'…'`. All lengths end on a character's boundary: bytes past ASCII
/// are word bytes, so a character is never split.
fn word(bytes: &[u8], at: usize, engine: Engine) -> (Kind, usize) {
    let mut end = at;
    while bytes.get(end).is_some_and(|byte| word_byte(*byte)) {
        end += 1;
    }
    let prefix = &bytes[at..end];
    if bytes.get(end) == Some(&b'\'') && prefix.len() == 1 && b"eEbBxXnN".contains(&prefix[0]) {
        let escapes = backslash_escapes(engine) || prefix.eq_ignore_ascii_case(b"e");
        return (Kind::Literal, literal(bytes, end, escapes) - at);
    }
    (Kind::Word, end - at)
}

fn literal(bytes: &[u8], start: usize, escapes: bool) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if escapes => at += 2,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn closing(bytes: &[u8], start: usize, close: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        if *byte != close {
            at += 1;
        } else if bytes.get(at + 1) == Some(&close) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// `$$…$$`, `$tag$…$tag$`, or the `$` of a parameter.
fn dollar(rest: &str) -> (Kind, usize) {
    let tag_end = rest[1..]
        .find(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
        .map_or(rest.len(), |end| end + 1);
    if rest.as_bytes().get(tag_end) != Some(&b'$') || rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return (Kind::Symbol, 1);
    }
    let tag = &rest[..=tag_end];
    let length = rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len());
    (Kind::Literal, length)
}

fn number(bytes: &[u8]) -> usize {
    let mut end = 0;
    while let Some(&byte) = bytes.get(end) {
        let sign = matches!(byte, b'+' | b'-')
            && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
            && end > 0
            && matches!(bytes[end - 1], b'e' | b'E')
            && !bytes.starts_with(b"0x");
        if byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || sign {
            end += 1;
        } else {
            break;
        }
    }
    end
}

/// PostgreSQL's rule for where an operator ends: a trailing sign belongs to what follows, unless the operator holds
/// one of the unusual characters.
fn operator(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut end = 0;
    while bytes.get(end).is_some_and(|byte| OPERATOR.contains(byte)) {
        if end > 0 && (rest[end..].starts_with("--") || rest[end..].starts_with("/*")) {
            break;
        }
        end += 1;
    }
    let unusual = bytes[..end].iter().any(|byte| b"~!@#%^&|?".contains(byte));
    while end > 1 && !unusual && matches!(bytes[end - 1], b'+' | b'-') {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(engine: Engine, sql: &str) -> Vec<String> {
        tokens(engine, sql).into_iter().map(|token| token.text.into_owned()).collect()
    }

    #[test]
    fn text_is_cut_where_the_database_would() {
        let cases: [(Engine, &str, &[&str]); 12] = [
            (Engine::Postgres, "a -- b\n+ 1", &["a", "+", "1"]),
            (Engine::Postgres, "a/* x */b", &["a", "b"]),
            (Engine::Postgres, "'it''s'::text", &["'it''s'", "::", "text"]),
            (Engine::Postgres, "E'a\\'b' || x", &["E'a\\'b'", "||", "x"]),
            (Engine::Postgres, "x=-1", &["x", "=", "-", "1"]),
            (Engine::Postgres, "a ->> 'b'", &["a", "->>", "'b'"]),
            (Engine::Postgres, "$q$ it's $q$", &["$q$ it's $q$"]),
            (Engine::Postgres, "x[1]", &["x", "[", "1", "]"]),
            (Engine::Sqlite, "[a b].\"c\"\"d\"", &["[a b]", ".", "\"c\"\"d\""]),
            (Engine::Mysql, "'a\\'b' `c`", &["'a\\'b'", "`c`"]),
            (Engine::Sqlite, "1.5e-3+.5", &["1.5e-3", "+", ".5"]),
            (Engine::Postgres, "größe > 'ü", &["größe", ">", "'ü"]),
        ];
        for (engine, sql, expected) in cases {
            assert_eq!(texts(engine, sql), expected, "{sql}");
        }
    }
}
