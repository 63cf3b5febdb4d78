//! The commands that the documents show are commands that the programs take.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const DOCUMENTS: [&str; 4] = ["README.md", "CONTRIBUTING.md", "docs/agent.md", "docs/operating.md"];

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

/// The page that tells a newcomer how to start the agent.
const ONBOARDING: &str = "frontend/app/src/pages/onboarding/agent.rs";

/// The commands that a page has as constants.
fn shown(page: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(page)).unwrap();
    let constants = text.lines().filter_map(|line| line.strip_prefix("const ")?.split_once(": &str = "));
    constants.map(|(_, literal)| literal.trim_matches(['"', ';']).replace("\\\\\\n", "")).collect()
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
    let api = std::fs::read_to_string(root().join("openapi/bastion.json")).unwrap();
    let api: serde_json::Value = serde_json::from_str(&api).unwrap();
    let documents = DOCUMENTS.map(|document| (document, commands(document)));
    for (document, commands) in documents.into_iter().chain([(ONBOARDING, shown(ONBOARDING))]) {
        for command in commands {
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
                // What follows the image's name is for the program in it.
                ["docker", "run", rest @ ..] => {
                    let image = rest.iter().position(|word| *word == "bastion-mcp").unwrap();
                    (program("bastion-mcp", "mcp"), &rest[image + 1..])
                }
                ["curl", "-X", method, address, ..] => {
                    let path = address.strip_prefix("https://bastion.example").unwrap();
                    assert!(
                        api["paths"][path][method.to_lowercase()].is_object(),
                        "{document} shows `{command}`, and the API has no such operation"
                    );
                    continue;
                }
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

/// Whether a document has a heading that a link calls so.
fn has_heading(document: &Path, wanted: &str) -> bool {
    let text = std::fs::read_to_string(document).unwrap();
    text.lines().filter(|line| line.starts_with('#')).any(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
        words.chars().filter(kept).collect::<String>().replace(' ', "-") == wanted
    })
}

#[test]
fn every_file_and_heading_that_the_documents_name_is_there() {
    let mut checked = 0;
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root().join(document)).unwrap();
        let codes = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
        let folders = ["docs/", "crates/", "frontend/", "e2e/", "migrations/", "openapi/"];
        for path in codes.filter(|code| folders.iter().any(|folder| code.starts_with(folder))) {
            // Artefacts are made by the journeys; what stands in brackets is for the reader to fill in.
            if path.contains('<') || path == "e2e/artefacts" {
                continue;
            }
            assert!(root().join(path).exists(), "{document} names {path}");
            checked += 1;
        }
        let links = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for link in links.filter(|link| !link.contains("://")) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let here = root().join(document);
            let linked = if path.is_empty() { here } else { here.parent().unwrap().join(path) };
            assert!(linked.exists(), "{document} shows {path}");
            assert!(heading.is_empty() || has_heading(&linked, heading), "{document} leads to {link}");
        }
    }
    assert!(checked > 10, "the documents name hardly any file: is this still reading them?");
}

/// All files in a folder and below it that hold Rust.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let below = |path: PathBuf| if path.is_dir() { sources(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

#[test]
fn every_variable_that_the_programs_read_is_in_the_readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut checked = 0;
    for folder in ["crates/server/src/config", "crates/mcp/src", "crates/demo/src"] {
        for file in sources(&root().join(folder)) {
            let text = std::fs::read_to_string(&file).unwrap();
            let program = text.split("#[cfg(test)]").next().unwrap();
            for literal in program.split('"').skip(1).step_by(2) {
                let name = literal.strip_suffix("_FILE").unwrap_or(literal);
                let is_name =
                    |rest: &str| rest.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_');
                // What ends in `_` begins the names of others; the interface's folder is read when a release is built.
                if !name.strip_prefix("BASTION_").is_some_and(is_name)
                    || name.ends_with('_')
                    || name == "BASTION_WEB_DIST"
                {
                    continue;
                }
                let is_named = [name, literal].iter().any(|name| readme.contains(&format!("`{name}`")));
                assert!(is_named, "{} reads {name}", file.display());
                checked += 1;
            }
        }
    }
    assert!(checked > 25, "{checked} variables: is this still reading them?");
}

#[test]
fn the_licence_is_the_one_that_is_named_and_contributing_tells_what_one_mostly_adds() {
    let read = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    let licence = read("LICENSE");
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004"));
    assert!(read("Cargo.toml").contains("license = \"Apache-2.0\""));
    assert!(read("README.md").contains("Apache-2.0"));
    let contributing = read("CONTRIBUTING.md");
    for recipe in ["an endpoint", "a migration", "an MCP tool", "a page"] {
        assert!(contributing.contains(&format!("\n## Add {recipe}\n")), "no recipe adds {recipe}");
    }
}

#[test]
fn the_justfile_has_the_tasks_of_xtask_by_the_same_names() {
    let help = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let tasks = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let mut tasks: Vec<&str> = tasks
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|task| *task != "help")
        .collect();
    let recipes = std::fs::read_to_string(root().join("justfile")).unwrap();
    let mut names: Vec<&str> = recipes
        .lines()
        .filter_map(|line| Some(line.strip_suffix(':')?.split_whitespace().next().unwrap()))
        .collect();
    tasks.sort_unstable();
    names.sort_unstable();
    assert!(tasks.len() > 5 && tasks == names, "{tasks:?} and {names:?}");
    // And each does nothing but call it.
    let lines: Vec<&str> =
        recipes.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for recipe in lines.chunks(2) {
        let [head, body] = recipe else { panic!("{recipe:?} has no line that does it") };
        let name = head.split([' ', ':']).next().unwrap();
        let arguments = if head.contains(" *arguments:") { " {{arguments}}" } else { "" };
        assert_eq!(*body, format!("    cargo xtask {name}{arguments}"));
    }
}
