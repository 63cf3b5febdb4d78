//! `cargo xtask`: sets up what is missing, builds, runs, tests and measures Bastion.

mod bench;
mod dist;
mod openapi;
mod postgres;
mod project;
mod run;
mod setup;
mod test;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use project::Project;
use web::Build;

/// Sets up, builds, runs, tests and measures Bastion.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds everything and starts it, with a demo unless told otherwise.
    Run {
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Where the data is kept; in the folder `data` of the checkout unless said.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// An empty installation: sign up and connect a database of your own.
        #[arg(long)]
        no_demo: bool,
    },
    /// All that CI checks.
    Test {
        /// No browser, no database servers.
        #[arg(long)]
        fast: bool,
    },
    /// The tests that need PostgreSQL, against other majors, which npm has for Linux on x86-64.
    Postgres {
        /// 13 to 18; all when none is named
        majors: Vec<u32>,
        /// Which of the tests, in nextest's language.
        #[arg(long, default_value = "all()")]
        only: String,
    },
    /// Measures against the figures that Bastion promises; prints a table.
    Bench {
        /// scan, catalog, profile, engines, coverage, kindness, web, server, demo, history, api, silos, anomaly, diff; all
        /// when none is named
        names: Vec<String>,
        /// Tables of ten million rows and ten thousand tables as well: takes 10 GB of disk and half an hour.
        #[arg(long)]
        large: bool,
        /// Where the raw runs are written.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Builds the browser's files only.
    Web {
        /// Quickly, into target/web/dev: not optimised, not compressed, only to work on a page.
        #[arg(long)]
        dev: bool,
    },
    /// Installs what the other tasks need.
    Setup,
    /// Writes openapi/bastion.json.
    Openapi {
        /// Only says whether it is up to date.
        #[arg(long)]
        check: bool,
    },
    /// Release binaries with the interface embedded, and the interface as files, in target/dist.
    Dist,
}

fn main() -> ExitCode {
    match Project::find().and_then(|project| perform(&project, Arguments::parse().task)) {
        Ok(code) => code,
        Err(error) => {
            project::say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn perform(project: &Project, task: Task) -> Result<ExitCode> {
    match task {
        Task::Run { port, data, no_demo } => run::run(project, port, data, !no_demo)?,
        Task::Test { fast } if !test::run(project, fast)? => return Ok(ExitCode::FAILURE),
        Task::Test { .. } => {}
        Task::Postgres { majors, only } => postgres::run(project, &majors, &only)?,
        Task::Bench { names, large, json } => bench::run(project, &names, large, json.as_deref())?,
        Task::Web { dev: true } => {
            let folder = web::build(project, Build::Quick)?;
            project::say(&format!("the browser's files are in {}", folder.display()));
        }
        Task::Web { dev: false } => web::check_budget(&web::build(project, Build::Shipped)?)?,
        Task::Setup => setup::all(project)?,
        Task::Openapi { check } => openapi::run(project, check)?,
        Task::Dist => dist::run(project)?,
    }
    Ok(ExitCode::SUCCESS)
}
