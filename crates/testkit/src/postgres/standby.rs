//! A primary and the standby that follows it, for what only standbys do. A test has them for itself: what they show is
//! about whole servers. They go away with their handle.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{USERS, binaries, client, initialize, launch, user_command, where_to_listen};
use crate::owned_database::unique;
use crate::program::{answer, free_port, random, restrict, run};
use crate::shared_server;

/// One of two servers. Its superuser is `postgres`, and so is the name of its database.
#[derive(Debug)]
pub struct Member {
    directory: PathBuf,
    binaries: PathBuf,
    data: PathBuf,
    port: u16,
    password: String,
}

/// Both of them, stopped when this goes out of scope. Both keep the times of commits.
#[derive(Debug)]
pub struct Pair {
    pub primary: Member,
    pub standby: Member,
    directory: PathBuf,
}

impl Member {
    /// `postgres://…` as the superuser.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The same, through what listens on another port and leads there.
    #[must_use]
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{port}/postgres", self.password)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements as the superuser; answers what they print, unaligned and without headings.
    ///
    /// # Panics
    /// With the server's message, when a statement fails.
    pub fn psql(&self, sql: &str) -> String {
        answer(&mut client(&self.binaries, &self.directory, self.port, "postgres"), sql)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn launch(&self, more: &str) {
        let options = format!(
            "{} -c max_connections=20 -c shared_buffers=16MB -c autovacuum=off -c wal_level=replica \
             -c track_commit_timestamp=on {more}",
            where_to_listen(&self.directory, self.port)
        );
        launch(&self.binaries, &self.data, &self.data.with_extension("log"), &options);
    }

    fn stop(&self) {
        let mut command = user_command(&self.binaries, "pg_ctl");
        // Not running, it has nothing to stop; a panic here would hide the one of a failing test.
        let _ = command.args(["stop", "--mode=immediate", "--pgdata"]).arg(&self.data).status();
    }
}

impl Pair {
    /// Starts a primary, copies it, and starts the copy as its standby.
    ///
    /// # Panics
    /// With what to install, when this machine has no PostgreSQL.
    #[must_use]
    pub fn start() -> Self {
        crate::named_for("postgres");
        let directory = shared_server::directory("pair", &unique("pair"));
        std::fs::create_dir_all(&directory).expect("the directory for temporary files can be written");
        let (binaries, password) = (binaries(), random());
        let password_file = directory.join("password");
        std::fs::write(&password_file, &password).expect("the servers' directory can be written");
        restrict(&directory, &USERS);
        let member = |name: &str| Member {
            directory: directory.clone(),
            binaries: binaries.clone(),
            data: directory.join(name),
            port: free_port(),
            password: password.clone(),
        };
        let pair =
            Self { primary: member("primary"), standby: member("standby"), directory: directory.clone() };
        initialize(&binaries, &pair.primary.data, &password_file);
        pair.primary.launch("");
        run(user_command(&binaries, "pg_basebackup")
            .arg("--host")
            .arg(&directory)
            .args(["--port", &pair.primary.port.to_string(), "--username=postgres", "--pgdata"])
            .arg(&pair.standby.data)
            .args(["--checkpoint=fast", "--wal-method=stream", "--no-sync", "--write-recovery-conf"]));
        pair.standby.launch("-c hot_standby=on -c max_standby_streaming_delay=0");
        pair
    }

    /// Waits until the standby has replayed what the primary has done.
    ///
    /// # Panics
    /// When it has not after a minute.
    pub fn catch_up(&self) {
        // Its commit sends on what was written down before it, such as a lock that is still held.
        self.primary.psql("SELECT pg_logical_emit_message(true, 'test', 'catch up')");
        let written = self.primary.psql("SELECT pg_current_wal_lsn()");
        let replayed = format!("SELECT pg_last_wal_replay_lsn() >= '{}'", written.trim());
        let started = Instant::now();
        while self.standby.psql(&replayed).trim() != "t" {
            assert!(started.elapsed() < Duration::from_secs(60), "the standby does not follow");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the standby has received what the primary has done, and replays no further: it has replayed all, or something
    /// stands in its way.
    ///
    /// # Panics
    /// When it has not after a minute.
    pub fn settle(&self) {
        // Sends on what was written down before it, as in `catch_up`.
        self.primary.psql("SELECT pg_logical_emit_message(true, 'test', 'settle')");
        let written = self.primary.psql("SELECT pg_current_wal_lsn()");
        let written = written.trim();
        let state = format!("SELECT pg_last_wal_receive_lsn() >= '{written}', pg_last_wal_replay_lsn()");
        let (started, mut before) = (Instant::now(), String::new());
        loop {
            let now = self.standby.psql(&state);
            if now.starts_with("t|") && now == before {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "the standby does not follow");
            before = now;
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.standby.stop();
        self.primary.stop();
        remove(&self.directory);
    }
}

/// The files are the servers' user's.
fn remove(directory: &Path) {
    let _ = Command::new("rm").arg("--recursive").arg("--force").arg(directory).status();
}
