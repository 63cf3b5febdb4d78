//! Certificates for servers on loopback.

use std::path::{Path, PathBuf};

use crate::program::{run, user_command};

/// Makes a certificate for 127.0.0.1 (`server.pem` and `server.key`), the authority that signed it (`authority.pem`), and
/// another one that did not (`stranger.pem`). The files are those of the user that the server runs as.
pub(crate) fn certify(directory: &Path, users: &[&str]) {
    const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let file = |name: &str| directory.join(name).display().to_string();
    let make = |name: &str, more: &[&str]| {
        let (key, certificate, subject) =
            (file(&format!("{name}.key")), file(&format!("{name}.pem")), format!("/CN={name}"));
        let files = ["-keyout", &key, "-out", &certificate, "-days", "3650", "-subj", &subject];
        run(user_command(Path::new("openssl"), users)
            .args(["req", "-x509"])
            .args(KEY)
            .args(files)
            .args(more));
    };
    make("authority", &[]);
    make("stranger", &[]);
    let extensions = ["subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE"];
    let (by, key) = (file("authority.pem"), file("authority.key"));
    make("server", &["-CA", &by, "-CAkey", &key, "-addext", extensions[0], "-addext", extensions[1]]);
}

/// The file of the authority that signed the server's certificate.
pub(crate) fn authority(directory: &Path) -> PathBuf {
    directory.join("authority.pem")
}

/// The file of an authority that did not.
pub(crate) fn other_authority(directory: &Path) -> PathBuf {
    directory.join("stranger.pem")
}
