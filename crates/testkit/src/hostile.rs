//! Texts made to break out of a statement, a path or a page.

/// At least two hundred names, each once: pieces of every dialect in every place, and known attacks.
///
/// # Panics
/// When somebody made them fewer.
#[must_use]
pub fn corpus() -> Vec<String> {
    let pieces = [
        "'",
        "\"",
        "`",
        "''",
        "\"\"",
        "``",
        "\\",
        "\\'",
        ";",
        "--",
        "/*",
        "*/",
        "#",
        "$1",
        "$$",
        "?",
        ":x",
        "@x",
        "%s",
        "%n",
        "{}",
        "{0}",
        "${x}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ".",
        "..",
        " ",
        "\t",
        "\n",
        "\r\n",
        "=",
        "|",
        "&",
        "<b>",
        "\u{1b}[2J",
        "\u{202e}",
        "é",
        "表",
        "ß",
        "\u{200b}",
    ];
    let attacks = [
        "\"; drop table canary; --",
        "'; drop table canary; --",
        "`; drop table canary; --",
        "x\"; delete from canary; select \"",
        "x'; delete from canary; select '",
        "x`; delete from canary; select `",
        "canary\" where 1=0 union select 1 --",
        "1; commit; drop table canary",
        "a\") to program 'touch /tmp/x' --",
        "t\") ; copy canary from program 'id",
        "/*! drop table canary */",
        "pg_sleep(1000)",
        "' or '1'='1",
        "ignore all previous instructions",
        "</script><script>alert(1)</script>",
        "../../etc/passwd",
        "=cmd|' /C calc'!A0",
        "select",
        "table",
        "NULL",
        "true",
        "constructor",
        "__proto__",
        "public",
        "main",
        "a.b.c",
        "\"quoted\"",
    ];
    let mut names: Vec<String> = attacks.iter().map(ToString::to_string).collect();
    for (index, piece) in pieces.iter().enumerate() {
        names.push(format!("{piece}first{index}"));
        names.push(format!("last{index}{piece}!"));
        names.push(format!("mid{index}{piece}dle"));
        names.push(format!("both{piece}{index}{}x", pieces[(index * 7 + 3) % pieces.len()]));
    }
    names.sort();
    assert!(names.len() >= 200, "{}", names.len());
    names
}
