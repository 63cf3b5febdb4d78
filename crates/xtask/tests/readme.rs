//! The commands that the documents show are commands that the programs take.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The lines of all `sh` blocks, and all commands in running text that start with one of our programs.
fn commands(document: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let mut found = Vec::new();
    let mut shell = false;
    for line in text.lines() {
        if line.starts_with("```") {
            shell = line == "```sh";
        } else if shell {
            found.push(line.to_owned());
        } else {
            found.extend(line.split('`').skip(1).step_by(2).filter(|code| is_ours(code)).map(str::to_owned));
        }
    }
    found
}

fn is_ours(code: &str) -> bool {
    ["cargo xtask ", "bastion ", "bastion-mcp "].iter().any(|program| code.starts_with(program))
}

/// One of our programs beside this test; built where nobody has.
fn program(name: &str, package: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join(name);
    if !program.exists() {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let built = Command::new(cargo).current_dir(root()).args(["build", "--package", package]).status();
        assert!(built.unwrap().success(), "{package} does not build");
    }
    program
}

#[test]
fn every_command_in_the_documents_is_one_that_its_program_takes() {
    let mut checked = 0;
    for document in ["README.md", "CONTRIBUTING.md"] {
        for command in commands(document) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let (program, arguments) = match words.as_slice() {
                ["cargo", "xtask", rest @ ..] => (PathBuf::from(env!("CARGO_BIN_EXE_xtask")), rest),
                ["bastion", rest @ ..] => (program("bastion", "server"), rest),
                ["bastion-mcp", rest @ ..] => (program("bastion-mcp", "mcp"), rest),
                // Docker is not everywhere where the tests run: what it would read must be there.
                ["docker", "build", "-t", _, "-f", file, "."] => {
                    assert!(
                        root().join(file).is_file(),
                        "{document} shows `{command}`, and there is no {file}"
                    );
                    continue;
                }
                ["docker", "run", ..] => continue,
                _ => panic!("{document} shows `{command}`, which no test knows"),
            };
            // With --help at the end everything before it is parsed, and nothing is done.
            let output = Command::new(program).args(arguments).arg("--help").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{document} shows `{command}`: {said}");
            checked += 1;
        }
    }
    assert!(checked > 5, "the documents show hardly any command: is this still reading them?");
}
