//! Whether what is written to a view reaches its table.

use types::snapshot::{Engine, View};

use super::token::{Token, tokens};

/// Words with which a view takes no writes of its own, or may not.
const COMPUTING: [&str; 12] = [
    "distinct",
    "group",
    "having",
    "limit",
    "offset",
    "fetch",
    "union",
    "intersect",
    "except",
    "with",
    "over",
    "join",
];

/// Whether a view surely takes writes: it reads one table, row by row, or a trigger stands in for it. What reads another view
/// is not sure of it. PostgreSQL's rules are
/// narrower in nothing but calls, which may be aggregates; MySQL's and MariaDB's are wider; SQLite has triggers only.
pub(crate) fn is_updatable(engine: Engine, view: &View, is_view: impl Fn(&str) -> bool) -> bool {
    let instead = |text: &str| {
        tokens(engine, text).windows(2).any(|pair| pair[0].is_word("instead") && pair[1].is_word("of"))
    };
    if view.triggers.iter().any(|trigger| trigger.enabled && instead(&trigger.definition)) {
        return true;
    }
    let [table] = view.depends_on.as_slice() else { return false };
    engine != Engine::Sqlite && !is_view(table) && is_row_by_row(&tokens(engine, &view.definition))
}

fn is_row_by_row(query: &[Token<'_>]) -> bool {
    let computes = query.iter().any(|token| COMPUTING.iter().any(|word| token.is_word(word)));
    let calls = query
        .windows(2)
        .any(|pair| pair[0].name().is_some() && !is_clause(&pair[0]) && pair[1].is_symbol("("));
    let from = query.iter().position(|token| token.is_word("from"));
    let reads_several = from.is_some_and(|at| has_outer_comma(&query[at..]));
    from.is_some() && !computes && !calls && !reads_several
}

fn has_outer_comma(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_i32;
    tokens.iter().any(|token| {
        depth += i32::from(token.is_symbol("(")) - i32::from(token.is_symbol(")"));
        depth == 0 && token.is_symbol(",")
    })
}

/// What may stand before a parenthesis without being called.
fn is_clause(token: &Token<'_>) -> bool {
    [
        "select", "where", "and", "or", "not", "in", "as", "from", "when", "then", "else", "case", "between",
        "like",
    ]
    .iter()
    .any(|word| token.is_word(word))
}

#[cfg(test)]
mod tests {
    use types::snapshot::Trigger;

    use super::*;

    #[test]
    fn a_view_takes_writes_where_it_reads_one_table_row_by_row() {
        let cases = [
            ("SELECT f.id, f.title FROM film f WHERE ((f.id > 1) AND (f.title IN ('a', 'b')))", true),
            ("SELECT f.id, f.title FROM film f WHERE (f.id > 1)", true),
            ("SELECT (f.id + 1) AS next FROM film f", true),
            ("SELECT DISTINCT f.id FROM film f", false),
            ("SELECT f.rating FROM film f GROUP BY f.rating", false),
            ("SELECT count(*) AS n FROM film f", false),
            ("SELECT a.id FROM film a, film b", false),
            ("SELECT a.id FROM film a JOIN film b ON (a.id = b.next)", false),
            ("SELECT f.id FROM film f UNION ALL SELECT g.id FROM film g", false),
            ("SELECT f.id FROM film f LIMIT 5", false),
            ("SELECT 1 AS one", false),
        ];
        for (definition, expected) in cases {
            let view = View {
                definition: definition.into(),
                depends_on: vec!["public.film".into()],
                ..View::default()
            };
            assert_eq!(is_updatable(Engine::Postgres, &view, |_| false), expected, "{definition}");
            assert!(!is_updatable(Engine::Postgres, &view, |_| true), "{definition}");
            assert!(!is_updatable(Engine::Sqlite, &view, |_| false), "{definition}");
        }
    }

    #[test]
    fn a_trigger_may_stand_in_for_any_view() {
        let trigger = |enabled| Trigger {
            name: "t".into(),
            definition: "CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN SELECT 1; END".into(),
            enabled,
            comment: None,
            physical: None,
        };
        let view = |enabled| View { triggers: vec![trigger(enabled)], ..View::default() };
        assert!(is_updatable(Engine::Sqlite, &view(true), |_| true));
        assert!(!is_updatable(Engine::Sqlite, &view(false), |_| false));
    }
}
