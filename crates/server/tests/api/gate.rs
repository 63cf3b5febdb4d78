//! `bastion diff` and `bastion check`, run as they are run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

fn bastion(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bastion"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Exit code, standard output, standard error.
fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn film(columns: &[(&str, &str)]) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .zip(1..)
        .map(|((name, data_type), position)| {
            json!({ "name": name, "position": position, "type": data_type, "nullable": true })
        })
        .collect();
    json!({
        "format_version": 1, "canonical_version": 0, "engine": "postgres", "engine_version": "15",
        "database": "shop", "captured_at": "2026-01-01T00:00:00Z",
        "objects": [{ "kind": "table", "path": "public.film", "parts": ["public", "film"], "columns": columns }],
    })
}

struct Files(TempDir);

impl Files {
    /// A film before and after its length was dropped.
    fn new() -> Self {
        let files = Self(TempDir::new().unwrap());
        files.write("old.json", &film(&[("id", "integer"), ("length", "smallint")]).to_string());
        files.write("new.json", &film(&[("id", "integer")]).to_string());
        files
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `bastion diff old.json new.json …`
    fn diff(&self, arguments: &[&str]) -> (i32, String, String) {
        let (old, new) = (self.path("old.json"), self.path("new.json"));
        said(&bastion(&[&["diff", text(&old), text(&new)], arguments].concat(), &[]))
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const RULE: &str = "version: 1\nrules:\n  - kind: column.dropped\n    path: public.film.*\n    action: ignore\n    \
                    reason: nobody reads it\n    author: anna\n";

#[test]
fn a_policy_leaves_out_what_was_decided_and_says_so() {
    let files = Files::new();
    let (code, out, _) = files.diff(&["--fail-on", "breaking"]);
    assert_eq!(code, 1, "{out}");
    let policy = files.write("policy.yaml", RULE);
    let (code, out, error) = files.diff(&["--fail-on", "any", "--format", "json", "--policy", text(&policy)]);
    assert_eq!((code, serde_json::from_str::<Value>(&out).unwrap()["changes"].clone()), (0, json!([])));
    assert!(
        error.contains("left out: column.dropped public.film.length. Ignored by anna: nobody reads it"),
        "{error}"
    );
}

#[test]
fn a_policy_with_a_slip_is_refused_with_its_place() {
    let files = Files::new();
    let cases = [
        (RULE.replace("column.dropped", "colum.dropped"), "there is no kind of change \"colum.dropped\""),
        (RULE.replace("path:", "paths:"), "unknown field `paths`"),
        (RULE.replace("ignore", "raise"), "rules[0]: raise asks for `to`"),
        (RULE.replace("version: 1", "version: 7"), "the policy has version 7"),
        ("rules: [".to_owned(), "did not find expected node content"),
    ];
    for (yaml, expected) in cases {
        let policy = files.write("policy.yaml", &yaml);
        let (code, out, error) = files.diff(&["--policy", text(&policy)]);
        assert_eq!((code, out.as_str()), (2, ""), "{error}");
        assert!(error.contains("policy.yaml is no policy") && error.contains(expected), "{error}");
    }
    let slip = files.write("policy.yaml", &RULE.replace("column.dropped", "colum.dropped"));
    let (_, _, error) = files.diff(&["--policy", text(&slip)]);
    assert!(error.contains("rules[0]") && error.contains("line 3"), "{error}");
}

#[test]
fn a_snapshot_that_cannot_be_read_is_refused_with_its_place() {
    let files = Files::new();
    let whole = film(&[("id", "integer")]).to_string();
    let mut newer = film(&[("id", "integer")]);
    newer["format_version"] = 9.into();
    newer["objects"] = json!({ "unheard": "of" });
    let mut misshapen = film(&[("id", "integer")]);
    misshapen["objects"][0]["columns"] = json!("none");
    let cases = [
        (String::new(), "not a snapshot: EOF while parsing a value (line 1, column 0)"),
        ("[]".to_owned(), "not a snapshot: "),
        ("{\n  nonsense".to_owned(), "not a snapshot: key must be a string (line 2, column 3)"),
        // Cut off in the middle of an object, as by a full disk.
        (whole[..whole.len() / 2].to_owned(), "not a snapshot: EOF while parsing"),
        (newer.to_string(), "format version 9, and this program reads up to 1: use a newer one"),
        (misshapen.to_string(), "not a snapshot: invalid type: string \"none\""),
    ];
    let good = files.path("old.json");
    for (content, expected) in cases {
        let bad = files.write("bad.json", &content);
        let programs: [&[&str]; 4] = [
            &["diff", text(&bad), text(&good)],
            &["diff", text(&good), text(&bad)],
            &["check", "--baseline", text(&bad), "--snapshot", text(&good)],
            &["check", "--baseline", text(&good), "--snapshot", text(&bad)],
        ];
        for arguments in programs {
            let (code, out, error) = said(&bastion(arguments, &[]));
            assert_eq!((code, out.as_str()), (2, ""), "{arguments:?} {error}");
            assert!(error.contains("bad.json: ") && error.contains(expected), "{expected}: {error}");
            assert_eq!(error.trim_end().lines().count(), 1, "{error}");
        }
    }
    let profile = files.write("profile.json", "{}");
    let (code, out, error) = files.diff(&["--old-profile", text(&profile)]);
    assert_eq!((code, out.as_str()), (2, ""), "{error}");
    assert!(error.contains("profile.json is no profile") && error.contains("line 1"), "{error}");
}

#[test]
fn each_format_comes_out_and_each_line_is_drawn_where_it_was_asked_for() {
    let files = Files::new();
    let (_, plain, _) = files.diff(&["--format", "text"]);
    assert!(plain.starts_with("Breaking (1)\n  Dropped column public.film.length"), "{plain}");
    let (_, markdown, _) = files.diff(&["--format", "markdown"]);
    assert!(markdown.starts_with("## Schema changes\n\n**Breaking.**"), "{markdown}");
    let json = |arguments: &[&str]| serde_json::from_str::<Value>(&files.diff(arguments).1).unwrap();
    let report = json(&["--format", "json"]);
    assert_eq!(
        (&report["breaking"], &report["changes"][0]["kind"]),
        (&json!(true), &json!("column.dropped"))
    );
    assert!(report["summary"].is_object(), "{report}");
    let sarif = json(&["--format", "sarif"]);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&sarif["version"], &result["level"]), (&json!("2.1.0"), &json!("error")));
    // Without a file, code scanning refuses the whole log. One that lies elsewhere has only its name there.
    let shown_at = |arguments: &[&str]| {
        let log: Value = serde_json::from_str(&said(&bastion(arguments, &[])).1).unwrap();
        log["runs"][0]["results"][0]["locations"][0]["physicalLocation"].clone()
    };
    let (old, new) = (files.path("old.json"), files.path("new.json"));
    let sarif = ["--format", "sarif"];
    let diff = [&["diff", text(&old), text(&new)], &sarif[..]].concat();
    let check = [&["check", "--baseline", text(&old), "--snapshot", text(&new)], &sarif[..]].concat();
    let named = [&diff[..], &["--sarif-file", "./schema/my shop.sql"]].concat();
    for (arguments, uri) in [(diff, "new.json"), (check, "old.json"), (named, "schema/my%20shop.sql")] {
        let expected = json!({ "artifactLocation": { "uri": uri }, "region": { "startLine": 1 } });
        assert_eq!(shown_at(&arguments), expected, "{arguments:?}");
    }
    // A wider number: readers may have to look, writers need not.
    files.write("old.json", &film(&[("id", "integer")]).to_string());
    files.write("new.json", &film(&[("id", "bigint")]).to_string());
    let cases = [
        ("breaking", "both", 0),
        ("potentially_breaking", "both", 1),
        ("potentially_breaking", "readers", 1),
        ("potentially_breaking", "writers", 0),
        ("any", "writers", 1),
        ("none", "both", 0),
    ];
    for (line, audience, expected) in cases {
        let (code, out, _) = files.diff(&["--fail-on", line, "--audience", audience]);
        assert_eq!(code, expected, "{line} {audience} {out}");
    }
    let (code, _, error) = files.diff(&["--fail-on", "sometimes"]);
    assert_eq!(code, 2, "{error}");
}

#[test]
fn a_check_fails_on_breaking_changes_unless_told_otherwise() {
    let files = Files::new();
    let (old, new) = (files.path("old.json"), files.path("new.json"));
    let check = |arguments: &[&str]| said(&bastion(&[&["check"], arguments].concat(), &[]));
    let cases: [(&Path, &Path, &[&str], i32); 4] = [
        (&old, &new, &[], 1),
        (&old, &old, &[], 0),
        (&new, &old, &[], 0),
        (&old, &new, &["--fail-on", "none"], 0),
    ];
    for (baseline, snapshot, more, expected) in cases {
        let arguments = ["--baseline", text(baseline), "--snapshot", text(snapshot)];
        let (code, out, error) = check(&[&arguments, more].concat());
        assert_eq!(code, expected, "{out}{error}");
    }
    let refused: [(&[&str], &str); 4] = [
        (&["--baseline", text(&old)], "--snapshot"),
        (&["--baseline", "shop:3", "--snapshot", text(&new)], "--server"),
        (&["--baseline", "nowhere.json", "--snapshot", text(&new)], "cannot be read"),
        (
            &["--baseline", text(&old), "--snapshot", text(&new), "--server", "http://localhost"],
            "--api-key-file",
        ),
    ];
    for (arguments, expected) in refused {
        let (code, out, error) = check(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_check_of_a_source_lets_the_agent_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let files = Files::new();
    let agent = |body: &str| {
        let path = files.write("agent", &format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let arguments = [
            "check",
            "--source",
            "postgres://anna:hunter2@db/shop",
            "--baseline",
            text(&files.path("old.json")),
        ]
        .map(str::to_owned);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        said(&bastion(&arguments, &[("BASTION_MCP_BIN", text(&path)), ("PATH", "/usr/bin:/bin")]))
    };
    let new = files.path("new.json");
    let (code, out, error) = agent(&format!("[ \"$1\" = scan ] && cat '{}'", new.display()));
    assert_eq!(code, 1, "{out}{error}");
    assert!(out.contains("public.film.length"), "{out}");
    let (code, _, error) = agent("echo 'no route to host' >&2; exit 2");
    assert_eq!(code, 2);
    assert!(error.contains("The database could not be read. no route to host"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
    assert_eq!(agent("echo nonsense").0, 2);
}
