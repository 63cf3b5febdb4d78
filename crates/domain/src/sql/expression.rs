//! The canonical form of expressions, defaults and definitions.

use std::borrow::Cow;

use types::snapshot::Engine;

use super::keyword::is_keyword;
use super::token::{Kind, Token, tokens, unquote};
use super::writer;

/// The canonical form of a condition or a computed value: one spelling of words, quotes, casts and parentheses.
pub(crate) fn expression(engine: Engine, text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    settle(text, |text| expression_once(engine, text))
}

/// A small name, as most parts of indexes are: nothing to do.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !text.is_empty() && text != "now"
}

/// One step may open the way for another where the text is no SQL of a catalog, so steps repeat until nothing moves.
fn settle(text: &str, step: impl Fn(&str) -> String) -> String {
    const MOST_STEPS: usize = 16;
    let mut settled = step(text);
    for _ in 0..MOST_STEPS {
        let next = step(&settled);
        if next == settled {
            break;
        }
        settled = next;
    }
    settled
}

fn expression_once(engine: Engine, text: &str) -> String {
    let mut parts = respelled(engine, text);
    simplify(&mut parts);
    writer::line(&parts)
}

/// The canonical form of a default; `None` for `NULL`, which is the same as no default.
///
/// A cast of the whole value is redundant: the column's type does it anyway. PostgreSQL prints `-1` as
/// `'-1'::integer`, which becomes `-1` again.
pub(crate) fn default(engine: Engine, text: &str) -> Option<String> {
    let settled = settle(text, |text| default_once(engine, text));
    (!settled.is_empty()).then_some(settled)
}

/// Empty for `NULL`.
fn default_once(engine: Engine, text: &str) -> String {
    let mut parts = respelled(engine, text);
    simplify(&mut parts);
    while let Some(cast) = outer_cast(&parts) {
        let target = parts.get(cast + 1).map(|token| token.text.to_string()).unwrap_or_default();
        parts.truncate(cast);
        if let [only] = parts.as_mut_slice()
            && only.kind == Kind::Literal
        {
            read_literal(only, &target);
        }
        simplify(&mut parts);
    }
    match parts.as_slice() {
        [only] if only.is_word("null") => String::new(),
        _ => writer::line(&parts),
    }
}

/// The canonical form of a whole statement, such as a view's query or a trigger.
pub(crate) fn definition(engine: Engine, text: &str) -> String {
    settle(text, |text| definition_once(engine, text))
}

fn definition_once(engine: Engine, text: &str) -> String {
    let mut parts = respelled(engine, text);
    while parts.last().is_some_and(|token| token.is_symbol(";")) {
        parts.pop();
    }
    writer::lines(&parts)
}

/// Tokens with keywords small, needless quotes gone, and one spelling of synonyms.
fn respelled(engine: Engine, text: &str) -> Vec<Token<'_>> {
    let mut parts = tokens(engine, text);
    for index in 0..parts.len() {
        let call = parts.get(index + 1).is_some_and(|next| next.is_symbol("("));
        let token = &mut parts[index];
        match token.kind {
            Kind::Word => {
                let keyword = is_keyword(&token.text);
                let fold = engine == Engine::Postgres || keyword || call;
                if fold && token.text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    token.text = Cow::Owned(token.text.to_ascii_lowercase());
                }
            }
            Kind::Quoted => {
                if let Some(plain) = plain_name(engine, &unquote(&token.text)) {
                    *token = Token::new(Kind::Word, plain);
                }
            }
            Kind::Symbol if token.text == "!=" => token.text = Cow::Borrowed("<>"),
            Kind::Literal | Kind::Number | Kind::Symbol => {}
        }
    }
    drop_introducers(engine, &mut parts);
    unify_now(engine, &mut parts);
    parts
}

/// The name without quotes, if it means the same without them.
fn plain_name(engine: Engine, name: &str) -> Option<String> {
    let mut letters = name.chars();
    let first = letters.next()?;
    let small_only = engine == Engine::Postgres;
    let allowed = |letter: char| {
        letter == '_' || letter.is_ascii_lowercase() || (!small_only && letter.is_ascii_uppercase())
    };
    let plain = allowed(first) && letters.all(|letter| allowed(letter) || letter.is_ascii_digit());
    (plain && !is_keyword(name)).then(|| name.to_owned())
}

/// `_utf8mb4'a'` is `'a'`: MySQL prints the character set of every literal.
fn drop_introducers(engine: Engine, parts: &mut Vec<Token<'_>>) {
    if !matches!(engine, Engine::Mysql | Engine::Mariadb) {
        return;
    }
    let mut index = 0;
    while index + 1 < parts.len() {
        let introducer = parts[index].kind == Kind::Word
            && parts[index].text.starts_with("_utf8")
            && parts[index + 1].kind == Kind::Literal;
        if introducer {
            parts.remove(index);
        }
        index += 1;
    }
}

/// `now()`, `transaction_timestamp()` and, on MySQL, `localtimestamp` are `CURRENT_TIMESTAMP`.
fn unify_now(engine: Engine, parts: &mut Vec<Token<'_>>) {
    const NOW: &str = "current_timestamp";
    let mysql = matches!(engine, Engine::Mysql | Engine::Mariadb);
    let mut index = 0;
    while index < parts.len() {
        let after_dot = index > 0 && parts[index - 1].is_symbol(".");
        let call = parts.get(index + 1).is_some_and(|token| token.is_symbol("("));
        let empty = call && parts.get(index + 2).is_some_and(|token| token.is_symbol(")"));
        let word = &parts[index];
        let now =
            word.is_word("now") || (engine == Engine::Postgres && word.is_word("transaction_timestamp"));
        let local = mysql && (word.is_word("localtimestamp") || word.is_word("localtime"));
        let current = word.is_word(NOW) || local;
        if !after_dot && ((now && call) || current) {
            parts[index].text = Cow::Borrowed(NOW);
            if empty {
                parts.drain(index + 1..index + 3);
            }
        }
        index += 1;
    }
}

/// Removes what PostgreSQL adds when it prints an expression: parentheses around one thing or around all, and casts
/// of a text literal to text. Each step may open the way for another, so they repeat until nothing moves.
fn simplify(parts: &mut Vec<Token<'_>>) {
    loop {
        let before = parts.len();
        while wrapped(parts) {
            parts.pop();
            parts.remove(0);
        }
        unwrap_single(parts);
        drop_literal_casts(parts);
        if parts.len() == before {
            return;
        }
    }
}

/// Whether the first parenthesis closes at the very end.
fn wrapped(parts: &[Token<'_>]) -> bool {
    if parts.len() < 2 || !parts[0].is_symbol("(") {
        return false;
    }
    let mut depth = 0_usize;
    for (index, token) in parts.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index + 1 == parts.len();
            }
        }
    }
    false
}

/// `(rating)::text` is `rating::text`; `lower(rating)` and `in (1)` stay.
fn unwrap_single(parts: &mut Vec<Token<'_>>) {
    let mut index = 0;
    while index + 2 < parts.len() {
        let alone = parts[index].is_symbol("(")
            && parts[index + 1].kind != Kind::Symbol
            && parts[index + 2].is_symbol(")");
        let free = index == 0
            || (parts[index - 1].kind == Kind::Symbol && !matches!(&*parts[index - 1].text, ")" | "]"));
        if alone && free {
            parts.remove(index + 2);
            parts.remove(index);
        } else {
            index += 1;
        }
    }
}

/// `'a'::text`, `'a'::character varying` and `'seq'::regclass` are `'a'`.
fn drop_literal_casts(parts: &mut Vec<Token<'_>>) {
    let mut index = 1;
    while index + 1 < parts.len() {
        let literal = parts[index - 1].kind == Kind::Literal && parts[index].is_symbol("::");
        let length = match &*parts[index + 1].text {
            "text" | "varchar" | "bpchar" | "regclass" => 1,
            "character" if parts.get(index + 2).is_some_and(|token| token.is_word("varying")) => 2,
            _ => 0,
        };
        let end = index + 1 + length;
        let more = parts.get(end).is_some_and(|token| token.is_symbol("(") || token.is_symbol("["));
        if literal && length > 0 && !more {
            parts.drain(index..end);
        } else {
            index += 1;
        }
    }
}

/// Where the cast of a whole constant begins, if that is all that the tokens are.
fn outer_cast(parts: &[Token<'_>]) -> Option<usize> {
    let value = usize::from(parts.first()?.is_symbol("-") || parts.first()?.is_symbol("+"));
    let constant = parts.get(value)?;
    let is_constant = matches!(constant.kind, Kind::Literal | Kind::Number)
        || ["null", "true", "false"].iter().any(|word| constant.is_word(word));
    let cast = value + 1;
    if !is_constant || !parts.get(cast)?.is_symbol("::") || parts.len() == cast + 1 {
        return None;
    }
    parts[cast + 1..]
        .iter()
        .all(|token| {
            matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Number)
                || matches!(&*token.text, "(" | ")" | "," | "." | "[" | "]")
        })
        .then_some(cast)
}

/// A quoted number cast to a number, and a quoted truth value cast to one, lose their quotes.
fn read_literal(token: &mut Token<'_>, target: &str) {
    let content = unquote(&token.text).into_owned();
    match target {
        "smallint" | "integer" | "bigint" | "numeric" | "decimal" | "real" | "double" | "int" | "int2"
        | "int4" | "int8" | "float4" | "float8" => {
            let digits = content.strip_prefix('-').unwrap_or(&content);
            let number = digits.starts_with(|letter: char| letter.is_ascii_digit())
                && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
                && digits.matches('.').count() <= 1;
            if number {
                *token = Token::new(Kind::Number, content);
            }
        }
        "boolean" | "bool" => match content.as_str() {
            "t" | "true" => *token = Token::new(Kind::Word, "true"),
            "f" | "false" => *token = Token::new(Kind::Word, "false"),
            _ => {}
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_of_one_meaning_have_one_spelling() {
        let cases: [(Engine, &str, Option<&str>); 19] = [
            (Engine::Postgres, "'a'::character varying", Some("'a'")),
            (Engine::Postgres, "'a'::character varying(10)", Some("'a'")),
            (Engine::Postgres, "'G'::public.mpaa_rating", Some("'G'")),
            (Engine::Postgres, "'-1'::integer", Some("-1")),
            (Engine::Postgres, "(-1)", Some("-1")),
            (Engine::Postgres, "-1", Some("-1")),
            (Engine::Postgres, "4.99::numeric(4,2)", Some("4.99")),
            (Engine::Postgres, "'{}'::text[]", Some("'{}'")),
            (Engine::Postgres, "'t'::boolean", Some("true")),
            (Engine::Postgres, "NULL::character varying", None),
            (Engine::Postgres, "now()", Some("current_timestamp")),
            (Engine::Postgres, "CURRENT_TIMESTAMP", Some("current_timestamp")),
            (Engine::Mysql, "CURRENT_TIMESTAMP()", Some("current_timestamp")),
            (Engine::Mysql, "NOW(6)", Some("current_timestamp(6)")),
            (
                Engine::Postgres,
                "nextval('public.film_film_id_seq'::regclass)",
                Some("nextval('public.film_film_id_seq')"),
            ),
            (Engine::Sqlite, "((0))", Some("0")),
            (Engine::Sqlite, "NULL", None),
            (Engine::Postgres, "('2006'::text)::date", Some("'2006'")),
            (Engine::Postgres, "'2006-02-15'::date + 1", Some("'2006-02-15'::date + 1")),
        ];
        for (engine, text, expected) in cases {
            assert_eq!(default(engine, text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn expressions_of_one_meaning_have_one_spelling() {
        let cases = [
            (Engine::Postgres, "((rating)::text = 'G'::text)", "rating::text = 'G'"),
            (Engine::Postgres, "(year >= 1901) AND (year <= 2155)", "(year >= 1901) and (year <= 2155)"),
            (Engine::Postgres, "\"Year\" > 1", "\"Year\" > 1"),
            (Engine::Postgres, "\"year\" != 1", "year <> 1"),
            (Engine::Mysql, "(`a` > _utf8mb4'x')", "a > 'x'"),
            (Engine::Sqlite, "LENGTH( [FilmId] )>0", "length(FilmId) > 0"),
        ];
        for (engine, text, expected) in cases {
            assert_eq!(expression(engine, text), expected, "{text}");
        }
    }

    #[test]
    fn a_definition_keeps_its_words_and_loses_its_layout() {
        assert_eq!(
            definition(Engine::Sqlite, "SELECT  a,b\n   FROM t -- all\n WHERE a>1;"),
            "select a, b\nfrom t\nwhere a > 1"
        );
    }
}
