//! What the engines that are servers share: how their work is stopped, what TLS asks for, and why there is no connection.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::ScanError;
use crate::error::quoted;

/// Does `work`; when `cancel` fires first, does `stop`, which tells the server, and gives up.
pub(super) fn unless_cancelled<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, ScanError>>,
    stop: impl Future<Output = ()>,
) -> impl Future<Output = Result<T, ScanError>> {
    // On the heap: an asynchronous function holds what it is given twice, so that a few of them inside one another need
    // more than a thread's stack.
    let (work, stop) = (Box::pin(work), Box::pin(stop));
    async move {
        tokio::select! {
            result = work => result,
            () = cancel.cancelled() => {
                stop.await;
                Err(ScanError::Cancelled)
            }
        }
    }
}

/// Does `work`; when that is given up half-way, does `stop`, which tells the server.
pub(super) fn stopped_when_dropped<T>(
    work: impl Future<Output = T>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = T> {
    let (work, stop) = (Box::pin(work), Box::pin(stop));
    async move {
        let mut unfinished = Unfinished(Some(stop));
        let done = work.await;
        unfinished.0 = None;
        done
    }
}

/// Work that was begun, and how to stop it.
struct Unfinished(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(stop), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(stop);
        }
    }
}

/// Nothing to check a server's certificate against; `option` of the address names a file of authorities.
pub(super) fn no_authorities(option: &str) -> String {
    format!(
        "this machine has no certificate authorities to check the server's certificate against; install \
         ca-certificates or name a file with {option}="
    )
}

/// The connection would not be encrypted with a server that is known; `off` in the address allows that.
pub(super) fn no_verified_tls(source_name: String, detail: &str, option: &str, off: &str) -> ScanError {
    let reason = quoted(&format!(
        "no verified TLS with the server ({detail}). Give it a certificate that this machine trusts, name its \
         authority with {option}=FILE, or add {off} to the address if the network between is trusted"
    ));
    ScanError::Plaintext { source_name, reason }
}

/// Nothing came back in time.
pub(super) fn no_answer(waited: Duration) -> String {
    format!(
        "no answer within {} seconds. See that the host and the port are right, that the database runs, and that no \
         firewall between drops what is sent",
        waited.as_secs()
    )
}

/// The server hung up before the sign-in was over.
pub(super) fn hung_up(detail: &str) -> String {
    format!(
        "the server closed the connection before anybody was signed in ({}). See that this is the database's own port, \
         that it takes connections from this machine and has some left, and try again",
        quoted(detail)
    )
}

/// The server has as many connections as it takes.
pub(super) fn full(said: &str) -> String {
    format!(
        "{}. Try again when others have ended, or have the server take more connections",
        quoted(said).trim_end_matches('.')
    )
}

/// Why there is no connection, and what to do about it.
pub(super) fn no_connection(error: &io::Error) -> String {
    let said = quoted(&error.to_string());
    match error.kind() {
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => hung_up(&said),
        ErrorKind::ConnectionRefused => format!(
            "nothing takes connections there ({said}). See that the database runs and listens, and that the host and the \
             port are right"
        ),
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => format!(
            "this machine does not get there ({said}). See that the host and the port are right, and that the network and \
             the firewalls between let it through"
        ),
        ErrorKind::NotFound => {
            format!(
                "there is no such socket ({said}). See that the database runs, and where it puts its socket"
            )
        }
        ErrorKind::PermissionDenied => {
            format!(
                "this machine may not connect there ({said}). Allow this program to, or the user whom it runs as"
            )
        }
        // The system's resolver has no kind of its own.
        _ if said.contains("lookup address") => format!(
            "the host's name has no address ({said}). See that it is spelt right, and that this machine resolves it"
        ),
        _ => format!("{said}. See that the address is the database's, and that it runs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_there_is_no_connection_says_what_to_do() {
        for (error, told) in [
            (io::Error::from(ErrorKind::ConnectionReset), "before anybody was signed in (connection reset)"),
            (io::Error::from(ErrorKind::UnexpectedEof), "has some left, and try again"),
            (
                io::Error::from_raw_os_error(111),
                "(Connection refused (os error 111)). See that the database runs",
            ),
            (io::Error::from(ErrorKind::NetworkUnreachable), "firewalls between"),
            (io::Error::from(ErrorKind::NotFound), "where it puts its socket"),
            (io::Error::from(ErrorKind::PermissionDenied), "Allow this program"),
            (io::Error::other("failed to lookup address information: unknown"), "spelt right"),
            (io::Error::other("odd\nthing"), "odd thing. See that the address is the database's"),
        ] {
            let said = no_connection(&error);
            assert!(said.contains(told), "{said}");
        }
    }
}
