//! Words that are never names without quotes: written small everywhere.

/// Sorted, for the search.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "after", "all", "alter", "always", "analyze", "and", "any", "array", "as", "asc", "autoincrement",
    "before", "begin", "between", "both", "by", "cascade", "case", "cast", "check", "collate", "column",
    "constraint", "create", "cross", "current_date", "current_time", "current_timestamp", "current_user",
    "default", "deferrable", "definer", "delete", "desc", "distinct", "do", "drop", "each", "else", "end",
    "escape", "except", "execute", "exists", "false", "fetch", "filter", "first", "following", "for",
    "foreign", "from", "full", "function", "generated", "glob", "group", "grouping", "having", "if",
    "ilike", "in", "index", "initially", "inner", "insert", "instead", "intersect", "interval", "into",
    "is", "isnull", "join", "key", "last", "lateral", "left", "like", "limit", "localtime",
    "localtimestamp", "natural", "new", "not", "notnull", "null", "nulls", "of", "offset", "old", "on",
    "or", "order", "outer", "over", "partition", "preceding", "primary", "procedure", "raise", "range",
    "recursive", "references", "replace", "restrict", "returning", "right", "row", "rows", "security",
    "select", "session_user", "set", "similar", "some", "sql", "statement", "table", "temp", "temporary",
    "then", "to", "trigger", "true", "unbounded", "union", "unique", "update", "user", "using", "values",
    "view", "virtual", "when", "where", "window", "with", "without",
];

/// Whether a word, in small letters or large, is a keyword.
pub(super) fn is_keyword(word: &str) -> bool {
    const LONGEST: usize = 17;
    word.len() <= LONGEST
        && word.is_ascii()
        && KEYWORDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_found_in_any_case() {
        for word in KEYWORDS {
            assert!(is_keyword(word) && is_keyword(&word.to_ascii_uppercase()), "{word}");
        }
        assert!(!is_keyword("film"));
    }
}
