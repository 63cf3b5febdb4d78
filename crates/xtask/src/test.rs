//! All that CI checks, step by step, with one count at the end.

mod step;

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::{setup, web};
use step::{Count, Step};

/// Says that tests which need a database server are left out, for `testkit` to read.
const NO_POSTGRES: (&str, &str) = ("BASTION_TEST_POSTGRES", "off");

pub(crate) fn run(project: &Project, fast: bool) -> Result<()> {
    let mut count = Count::default();
    if !fast {
        setup::all(project)?;
    }
    let tools = setup::cargo_tools(project)?;
    let path = path_with(tools.as_deref())?;
    let cargo = || {
        let mut cargo = project.cargo();
        cargo.env("PATH", &path);
        cargo
    };
    let lints = &["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    let mut steps = vec![
        Step::check("formatting", cargo(), &["fmt", "--all", "--check"]),
        Step::check("lints", cargo(), lints),
    ];
    if tools.is_some() {
        let deny = &["deny", "--log-level", "error", "check", "licenses", "bans", "sources"];
        steps.push(Step::check("licences and sources", cargo(), deny));
    }
    // The tests start both programs.
    steps.push(Step::check(
        "programs",
        project.cargo(),
        &["build", "--quiet", "--package", "server", "--package", "mcp"],
    ));
    let mut rust = Step::tests("tests in Rust", cargo(), &rust_tests(tools.is_some()));
    if fast {
        rust.command.env(NO_POSTGRES.0, NO_POSTGRES.1);
    }
    steps.push(rust);
    steps.push(Step::tests(
        "examples in the documentation",
        project.cargo(),
        &["test", "--quiet", "--workspace", "--doc"],
    ));
    for step in steps {
        step.run(&mut count);
    }
    if !fast {
        count.take(
            "the browser's files",
            web::build(project).and_then(|dist| web::check_budget(&dist)).map(|_| ()),
        );
        let mut browser = project.command("node");
        browser.current_dir(project.root.join("e2e"));
        browser.env("BASTION_TARGET", &project.target).env("BASTION_WEB_DIST", project.web());
        Step::tests(
            "journeys in the browser",
            browser,
            &["--test", "--test-concurrency=1", "--test-reporter=tap", "specs/"],
        )
        .run(&mut count);
    }
    count.print();
    if count.failed > 0 {
        bail!("{} failed", count.failed);
    }
    Ok(())
}

/// nextest where it is installed, because it is quicker.
fn rust_tests(nextest: bool) -> Vec<&'static str> {
    if nextest {
        vec![
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--status-level",
            "fail",
            "--show-progress",
            "none",
        ]
    } else {
        vec!["test", "--workspace", "--all-targets", "--no-fail-fast"]
    }
}

/// The path on which cargo looks for its subcommands.
fn path_with(tools: Option<&Path>) -> Result<OsString> {
    let present = std::env::var_os("PATH").unwrap_or_default();
    let folders = tools.map(Path::to_owned).into_iter().chain(std::env::split_paths(&present));
    Ok(std::env::join_paths(folders)?)
}
