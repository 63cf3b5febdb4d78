//! A server that takes no connection over the network without TLS. A test has it for itself: the shared one has none, because
//! every connection to it would cost more. It goes away with its handle.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::process::{USERS, binaries, initialize, launch, user_command, where_to_listen};
use crate::certificate::{self, certify};
use crate::owned_database::unique;
use crate::program::{free_port, random, restrict};
use crate::shared_server;

/// The server, stopped when this goes out of scope. Its superuser is `postgres`, and so is the name of its database.
#[derive(Debug)]
pub struct Encrypted {
    directory: PathBuf,
    binaries: PathBuf,
    port: u16,
    password: String,
}

impl Encrypted {
    /// Starts it.
    ///
    /// # Panics
    /// With what to install, when this machine has no PostgreSQL or no OpenSSL.
    #[must_use]
    pub fn start() -> Self {
        crate::named_for("postgres");
        let directory = shared_server::directory("tls", &unique("tls"));
        fs::create_dir_all(&directory).expect("the directory for temporary files can be written");
        let server = Self { directory, binaries: binaries(), port: free_port(), password: random() };
        let file = |name: &str| server.directory.join(name);
        fs::write(file("password"), &server.password).expect("the server's directory can be written");
        restrict(&server.directory, &USERS);
        certify(&server.directory, &USERS);
        let data = file("data");
        initialize(&server.binaries, &data, &file("password"));
        fs::write(data.join("pg_hba.conf"), "local all all trust\nhostssl all all all md5\n")
            .expect("the server's directory can be written");
        let options = format!(
            "{} -c max_connections=20 -c shared_buffers=16MB -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
            where_to_listen(&server.directory, server.port),
            file("server.pem").display(),
            file("server.key").display()
        );
        launch(&server.binaries, &data, &file("log"), &options);
        server
    }

    /// `postgres://…` as the superuser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// The password in [`Encrypted::url`].
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The file of the authority that signed the server's certificate, which is for `127.0.0.1`.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        certificate::authority(&self.directory)
    }

    /// The file of an authority that did not.
    #[must_use]
    pub fn other_authority(&self) -> PathBuf {
        certificate::other_authority(&self.directory)
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        let mut command = user_command(&self.binaries, "pg_ctl");
        let data = self.directory.join("data");
        // Not running, it has nothing to stop; a panic here would hide the one of a failing test.
        let _ = command.args(["stop", "--mode=immediate", "--pgdata"]).arg(data).status();
        // The files are the server's user's.
        let _ = Command::new("rm").arg("--recursive").arg("--force").arg(&self.directory).status();
    }
}
