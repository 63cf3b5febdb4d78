//! All that CI checks, step by step, with one count at the end.

mod step;

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, anyhow};

use crate::project::{Project, say};
use crate::web::Build;
use crate::{setup, web};
use step::{Count, Runner, Step};

/// Tests that need a server have its name in theirs or in their module's; a module further up may have it for another reason.
/// In the quick tests the test kit fails whoever starts one all the same, so that none of them can be missed.
const SERVERS: [&str; 3] = ["postgres", "mariadb", "redis"];

/// Whether all passed. The count is the last line, in any case.
pub(crate) fn run(project: &Project, fast: bool) -> Result<bool> {
    let mut count = Count::default();
    if !fast && let Err(error) = setup::all(project).and_then(|()| setup::clients::install(project)) {
        count.take("set-up", Err(error));
        count.print();
        return Ok(false);
    }
    let tools = setup::cargo_tools(project);
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
    } else if !fast {
        count.take("licences and sources", Err(anyhow!("cargo-deny is missing, and could not be installed")));
    }
    // The tests start both programs.
    steps.push(Step::check(
        "programs",
        project.cargo(),
        &["build", "--quiet", "--bins", "--package", "server", "--package", "mcp"],
    ));
    if !fast {
        let gateway = &["build", "--quiet", "--package", "testkit", "--example", "gateway"];
        steps.push(Step::check("a gateway for the journeys", project.cargo(), gateway));
    }
    let rust = rust_tests(tools.is_some(), fast);
    let runner = if tools.is_some() { Runner::Nextest } else { Runner::Cargo };
    let rust: Vec<&str> = rust.iter().map(String::as_str).collect();
    let mut rust_cargo = cargo();
    // It would start itself once more for each test, so that Ctrl-Z stops none half started.
    rust_cargo.env("NEXTEST_DOUBLE_SPAWN", "0");
    if fast {
        rust_cargo.env("BASTION_TEST_WITHOUT_SERVERS", "1");
    }
    steps.push(Step::tests("tests in Rust", rust_cargo, &rust, runner));
    steps.push(Step::tests(
        "examples in the documentation",
        project.cargo(),
        &["test", "--quiet", "--workspace", "--doc"],
        Runner::Cargo,
    ));
    for step in steps {
        step.run(&mut count);
    }
    if !fast {
        count.take(
            "the browser's files",
            web::build(project, Build::Shipped).and_then(|dist| web::check_budget(&dist)),
        );
        journeys(project)?.run(&mut count);
    }
    if fast {
        say(&format!(
            "left out by --fast: {} tests that need a server ({}), the clients of other makers, the journeys",
            count.left_out,
            SERVERS.join(", ")
        ));
    }
    count.print();
    Ok(count.failed == 0)
}

/// The journeys, in the order and as many at a time as their own script has them.
fn journeys(project: &Project) -> Result<Step> {
    let mut browser = project.command("node");
    browser.current_dir(project.root.join("e2e"));
    browser.env("BASTION_TARGET", &project.target).env("BASTION_WEB_DIST", project.web());
    browser.env("BASTION_MCP_CLIENTS", setup::clients::folder(project));
    setup::name_browser(&mut browser);
    // Made by the programs of this run, for all of its journeys.
    let history = project.target.join("demo-history");
    for left in [&history, &history.with_extension("making")] {
        if left.exists() {
            std::fs::remove_dir_all(left)?;
        }
    }
    browser.env("BASTION_DEMO_HISTORY", history);
    Ok(Step::tests("journeys in the browser", browser, &["run.mjs"], Runner::Node))
}

/// nextest where it is installed, because it is quicker.
fn rust_tests(nextest: bool, fast: bool) -> Vec<String> {
    let mut arguments: Vec<String> = if nextest {
        let quiet = ["--status-level", "fail", "--show-progress", "none"];
        ["nextest", "run", "--workspace", "--no-fail-fast"]
            .into_iter()
            .chain(quiet)
            .map(str::to_owned)
            .collect()
    } else {
        ["test", "--workspace", "--all-targets", "--no-fail-fast"].map(str::to_owned).to_vec()
    };
    if fast && nextest {
        // A unit test's module is the one that has the tests.
        let named = format!("test(/({})[^:]*(::tests)?(::[^:]+)?$/)", SERVERS.join("|"));
        arguments.extend(["-E".to_owned(), format!("not {named}")]);
    } else if fast {
        // It knows no more than parts of names, so it leaves out more than it must.
        arguments.push("--".to_owned());
        arguments.extend(SERVERS.iter().flat_map(|name| ["--skip".to_owned(), (*name).to_owned()]));
    }
    arguments
}

/// The path on which cargo looks for its subcommands.
pub(crate) fn path_with(tools: Option<&Path>) -> Result<OsString> {
    let present = std::env::var_os("PATH").unwrap_or_default();
    let folders = tools.map(Path::to_owned).into_iter().chain(std::env::split_paths(&present));
    Ok(std::env::join_paths(folders)?)
}
