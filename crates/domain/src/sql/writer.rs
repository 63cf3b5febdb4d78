//! Writes tokens back with one white space everywhere: formatting never makes a difference.

use super::token::{Kind, Token};

/// Words that a parenthesis may follow without being a call.
const NOT_CALLS: &[&str] = &[
    "all",
    "and",
    "any",
    "as",
    "between",
    "by",
    "case",
    "check",
    "distinct",
    "else",
    "except",
    "exists",
    "filter",
    "from",
    "having",
    "in",
    "intersect",
    "is",
    "join",
    "like",
    "not",
    "on",
    "or",
    "over",
    "select",
    "set",
    "some",
    "then",
    "union",
    "using",
    "values",
    "when",
    "where",
    "with",
];

/// Clauses that begin a line in a long definition, where no parenthesis is open.
const CLAUSES: &[&str] =
    &["from", "where", "group", "having", "order", "limit", "union", "intersect", "except", "window"];

/// The tokens on one line.
pub(crate) fn line(tokens: &[Token<'_>]) -> String {
    write(tokens, false)
}

/// The tokens, each main clause on its own line.
pub(crate) fn lines(tokens: &[Token<'_>]) -> String {
    write(tokens, true)
}

fn write(tokens: &[Token<'_>], clauses: bool) -> String {
    let mut text = String::with_capacity(tokens.len() * 6);
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        if index > 0 {
            if clauses && depth == 0 && CLAUSES.iter().any(|clause| token.is_word(clause)) {
                text.push('\n');
            } else if spaced(&tokens[..index], token) {
                text.push(' ');
            }
        }
        if token.is_symbol("(") {
            depth += 1;
        }
        text.push_str(&token.text);
    }
    text
}

fn spaced(before: &[Token<'_>], next: &Token<'_>) -> bool {
    let Some(previous) = before.last() else {
        return false;
    };
    if previous.kind == Kind::Symbol && matches!(&*previous.text, "(" | "." | "::" | "[" | "$") {
        return false;
    }
    if next.kind == Kind::Symbol {
        return match &*next.text {
            ")" | "," | ";" | "." | "::" | "[" | "]" => false,
            "(" => !is_call(previous),
            _ => true,
        };
    }
    // A sign sticks to what it turns round: `-1`, but `a - 1`.
    let sign = previous.is_symbol("-") || previous.is_symbol("+");
    let unary = match before.len().checked_sub(2).map(|index| &before[index]) {
        None => true,
        Some(token) => token.kind == Kind::Symbol && !matches!(&*token.text, ")" | "]"),
    };
    !(sign && unary)
}

fn is_call(previous: &Token<'_>) -> bool {
    match previous.kind {
        Kind::Word => !NOT_CALLS.iter().any(|word| previous.is_word(word)),
        Kind::Quoted => true,
        Kind::Literal | Kind::Number | Kind::Symbol => false,
    }
}

#[cfg(test)]
mod tests {
    use types::snapshot::Engine;

    use super::*;
    use crate::sql::token::tokens;

    #[test]
    fn white_space_is_the_same_however_it_was_written() {
        let cases = [
            ("a+b", "a + b"),
            ("count( * )", "count(*)"),
            ("x   IN(1,2)", "x IN (1, 2)"),
            ("( - 1 )", "(-1)"),
            ("a - 1", "a - 1"),
            ("a . b :: text", "a.b::text"),
            ("x [ 1 ]", "x[1]"),
        ];
        for (sql, expected) in cases {
            assert_eq!(line(&tokens(Engine::Postgres, sql)), expected, "{sql}");
        }
    }

    #[test]
    fn a_definition_has_a_line_for_each_main_clause() {
        let sql = "select a, (select 1 from x) from b where c order by d";
        assert_eq!(
            lines(&tokens(Engine::Postgres, sql)),
            "select a, (select 1 from x)\nfrom b\nwhere c\norder by d"
        );
    }
}
