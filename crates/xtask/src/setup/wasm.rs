//! A compiler with a standard library for WebAssembly.
//!
//! Ordinarily rustup adds the target. Where its server cannot be reached, Debian's and Ubuntu's packages have what is
//! needed: `rustc-web` is a current compiler, and `rust-web-src` the sources from which its library is built, once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::{apt_install, can_apt_install};
use crate::project::{Project, exists, run, say};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
const SYSTEM_CARGO: &str = "/usr/bin/cargo";
const SYSTEM_SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

/// Whose compiler builds the interface.
pub(crate) enum Toolchain {
    /// The one that builds all the rest.
    Ours,
    /// The distribution's, with the linker that comes with ours.
    System { linker: PathBuf },
}

impl Toolchain {
    /// Cargo with this compiler.
    pub(crate) fn cargo(&self, project: &Project) -> Command {
        match self {
            Self::Ours => project.cargo(),
            Self::System { linker } => {
                let mut cargo = project.command(SYSTEM_CARGO);
                cargo.env("RUSTC", SYSTEM_RUSTC).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
                cargo
            }
        }
    }
}

/// Finds such a compiler, or installs it.
pub(crate) fn toolchain(project: &Project) -> Result<Toolchain> {
    if has_library(project, "rustc")? {
        return Ok(Toolchain::Ours);
    }
    if exists("rustup") {
        say("adding the WebAssembly target");
        // Its failure is not the end: the question is whether the library is there afterwards.
        let mut patient = if exists("timeout") {
            let mut command = project.command("timeout");
            command.args(["300", "rustup"]);
            command
        } else {
            project.command("rustup")
        };
        let _ = run(patient.args(["target", "add", TARGET]));
        if has_library(project, "rustc")? {
            return Ok(Toolchain::Ours);
        }
    }
    say("rustup cannot add the target here: using the distribution's compiler");
    let present =
        [SYSTEM_RUSTC, SYSTEM_CARGO, SYSTEM_SOURCES].iter().all(|needed| Path::new(needed).exists());
    if !present {
        if !can_apt_install() {
            bail!(
                "The standard library for {TARGET} is missing: run `rustup target add {TARGET}`, \
                 or install the packages rustc-web, cargo-web and rust-web-src"
            );
        }
        apt_install(project, &["rustc-web", "cargo-web", "rust-web-src"])?;
    }
    let linker = linker(project)?;
    if !has_library(project, SYSTEM_RUSTC)? {
        build_library(project)?;
    }
    Ok(Toolchain::System { linker })
}

fn library_folder(project: &Project, rustc: &str) -> Result<PathBuf> {
    let arguments = ["--print", "target-libdir", "--target", TARGET];
    let output = project.command(rustc).args(arguments).stderr(Stdio::null()).output()?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn has_library(project: &Project, rustc: &str) -> Result<bool> {
    let Ok(entries) = std::fs::read_dir(library_folder(project, rustc)?) else {
        return Ok(false);
    };
    Ok(entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    }))
}

/// rustup's compilers bring a linker for WebAssembly even without the target.
fn linker(project: &Project) -> Result<PathBuf> {
    let output = project.command("rustc").args(["--print", "sysroot"]).output()?;
    let sysroot = PathBuf::from(String::from_utf8(output.stdout)?.trim());
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).into_iter().flatten().flatten();
    hosts
        .map(|host| host.path().join("bin/rust-lld"))
        .chain(["/usr/bin/wasm-ld", "/usr/bin/wasm-ld-19"].map(PathBuf::from))
        .find(|linker| linker.exists())
        .context("no linker for WebAssembly: install the package lld")
}

/// Compiles the standard library and puts it where the distribution's compiler looks for it. It carries bitcode, so
/// that link-time optimisation reaches into it.
fn build_library(project: &Project) -> Result<()> {
    say("building the standard library for WebAssembly (once)");
    let work = project.target.join("wasm-library");
    std::fs::create_dir_all(work.join("src"))?;
    std::fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
    let manifest = "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
                    [profile.release]\nopt-level = \"s\"\n\n[workspace]\n";
    std::fs::write(work.join("Cargo.toml"), manifest)?;
    let arguments = ["build", "--quiet", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"];
    run(Command::new(SYSTEM_CARGO)
        .current_dir(&work)
        .args(arguments)
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env("RUSTC", SYSTEM_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes"))?;
    let library = library_folder(project, SYSTEM_RUSTC)?;
    std::fs::create_dir_all(&library)
        .with_context(|| format!("{} cannot be written: run this as root once", library.display()))?;
    for entry in std::fs::read_dir(work.join("target").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libnothing") {
            std::fs::copy(&path, library.join(name))?;
        }
    }
    Ok(())
}
