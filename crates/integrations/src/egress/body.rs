//! Reading what was answered.

use reqwest::Response;
use zeroize::Zeroizing;

/// A body of at most so many bytes; `None` when it is larger. Wiped when it is dropped, as it may hold a secret.
///
/// # Errors
/// When it breaks off.
pub(crate) async fn bounded(
    mut response: Response,
    most: usize,
) -> Result<Option<Zeroizing<Vec<u8>>>, reqwest::Error> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}
