//! What the engines that are servers share: how their work is stopped, and what TLS asks for.

use tokio_util::sync::CancellationToken;

use crate::ScanError;
use crate::error::quoted;

/// Does `work`; when `cancel` fires first, does `stop`, which tells the server, and gives up.
pub(super) async fn unless_cancelled<T>(
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, ScanError>>,
    stop: impl Future<Output = ()>,
) -> Result<T, ScanError> {
    tokio::select! {
        result = work => result,
        () = cancel.cancelled() => {
            stop.await;
            Err(ScanError::Cancelled)
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
