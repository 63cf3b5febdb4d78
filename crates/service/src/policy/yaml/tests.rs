use types::policy::{Accepted, KindPattern, Policy};

use super::*;

const RULES: &str = "# Agreed on in March\nversion: 1\nrules:\n  - kind: column.dropped\n    action: ignore\n    \
                     reason: nobody reads it\n    author: anna\n  # the second\n  - kind: '*'\n    action: lower\n    \
                     to: info\n    reason: quiet\n    author: bob\n";

#[test]
fn a_slip_is_told_with_its_pointer_and_its_line() {
    let cases = [
        (RULES.replace("column.dropped", "colum.dropped"), "/rules/0/kind", Some(4), "no kind of change"),
        (RULES.replace("to: info", "to: quiet"), "/rules/1/to", Some(11), "unknown variant `quiet`"),
        (RULES.replace("    to: info\n", ""), "/rules/1", Some(9), "lower asks for `to`"),
        (RULES.replace("author: bob", "author: ''"), "/rules/1", Some(9), "a reason and an author"),
        (RULES.replace("version: 1", "version: 9"), "/version", Some(2), "version 9"),
        (RULES.replace("rules:", "ruls:"), "", Some(3), "unknown field `ruls`"),
        ("rules: [".to_owned(), "", Some(2), "did not find"),
        ("just words".to_owned(), "", Some(1), "invalid type"),
        ("x".repeat(LONGEST + 1), "", None, "at most"),
    ];
    for (text, pointer, line, message) in cases {
        let slip = read(&text).unwrap_err();
        let shown: String = text.chars().take(400).collect();
        assert_eq!((slip.pointer.as_str(), slip.line), (pointer, line), "{slip}\n{shown}");
        assert!(slip.message.contains(message), "{slip}");
    }
    assert_eq!(
        read(&RULES.replace("    to: info\n", "")).unwrap_err().to_string(),
        "rules[1]: lower asks for `to`, the severity (line 9)"
    );
    assert_eq!(read(" \n").unwrap(), Policy::default());
}

#[test]
fn text_that_unfolds_to_much_more_than_it_is_is_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in "bcdefghij".chars().zip("abcdefghi".chars()) {
        let many = [format!("*{before}"); 1].concat();
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![many; 9].join(", ")));
    }
    assert!(read(&bomb).is_err());
}

fn accepted(path: &str) -> Accepted {
    Accepted {
        kind: KindPattern::parse("column.dropped").unwrap(),
        path: path.to_owned(),
        source: None,
        fingerprint: "f".repeat(32),
        reason: "Planned: \"yes\"".to_owned(),
        author: "anna".to_owned(),
    }
}

/// The text after something was accepted, which must read back as that.
fn with_accepted(text: &str, path: &str) -> String {
    let from = read(text).unwrap();
    let mut to = from.clone();
    to.accepted.push(accepted(path));
    let grown = extended(text, &from, &to).unwrap();
    assert_eq!(read(&grown).unwrap(), to, "{grown}");
    grown
}

#[test]
fn what_is_added_leaves_the_authors_words_alone() {
    let once = with_accepted(RULES, "public.a.b");
    assert!(once.starts_with(RULES), "{once}");
    let twice = with_accepted(&once, "public.a.c");
    assert!(twice.starts_with(once.trim_end()), "{twice}");
    let before_another = "version: 1\naccepted: [] # nothing yet\nmigrations: []\n";
    let cases = [
        ("version: 1\naccepted: []\nmigrations: []\n", "accepted:\n  - kind"),
        ("version: 1\naccepted:\n# none\nmigrations: []\n# end\n", "# end"),
        (before_another, "migrations: []"),
        ("{version: 1, rules: []}", "version: 1"),
        ("", "version: 1"),
    ];
    for (text, kept) in cases {
        let grown = with_accepted(text, "public.a.b");
        assert!(grown.contains(kept), "{grown}");
        with_accepted(&grown, "public.a.c");
    }
}

#[test]
fn a_policy_does_not_grow_without_end() {
    let from = Policy::default();
    let mut to = from.clone();
    to.accepted = vec![accepted(&"p".repeat(LONGEST / 2)); 3];
    assert!(matches!(extended("", &from, &to), Err(crate::Error::Conflict(_))));
}
