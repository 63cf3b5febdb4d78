//! All that CI checks, step by step, with one count at the end.

mod step;

use anyhow::{Result, bail};

use crate::project::{Project, exists, say};
use crate::{setup, web};
use step::{Count, Step};

/// Says that tests which need a database server are left out, for `testkit` to read.
const NO_POSTGRES: (&str, &str) = ("BASTION_TEST_POSTGRES", "off");

pub(crate) fn run(project: &Project, fast: bool) -> Result<()> {
    let mut count = Count::default();
    if !fast {
        setup::all(project)?;
    }
    let mut steps = vec![
        Step::check("formatting", project.cargo(), &["fmt", "--all", "--check"]),
        Step::check(
            "lints",
            project.cargo(),
            &[
                "clippy",
                "--quiet",
                "--workspace",
                "--all-targets",
                "--",
                "--deny",
                "warnings",
            ],
        ),
    ];
    if exists("cargo-deny") {
        steps.push(Step::check(
            "licences and sources",
            project.cargo(),
            &[
                "deny",
                "--log-level",
                "error",
                "check",
                "licenses",
                "bans",
                "sources",
            ],
        ));
    } else {
        say("cargo-deny is not installed: licences and sources are not checked here");
    }
    // The tests start both programs.
    steps.push(Step::check(
        "programs",
        project.cargo(),
        &["build", "--quiet", "--package", "server", "--package", "mcp"],
    ));
    let mut rust = Step::tests("tests in Rust", project.cargo(), &rust_tests());
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
            web::build(project)
                .and_then(|dist| web::check_budget(&dist))
                .map(|_| ()),
        );
        let mut browser = project.command("node");
        browser.current_dir(project.root.join("e2e"));
        browser
            .env("BASTION_TARGET", &project.target)
            .env("BASTION_WEB_DIST", project.web());
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
fn rust_tests() -> Vec<&'static str> {
    if exists("cargo-nextest") {
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
