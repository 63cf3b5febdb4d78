//! Trying again what fails by what may be over in a moment.

use std::time::{Duration, Instant};

/// How long is waited before it is tried again: a file that another process is opening or closing, or another connection.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(10);

/// Tries again for so long while the failure is one that passes.
pub(crate) async fn patiently<T, E, F: Future<Output = Result<T, E>>>(
    passes: impl Fn(&E) -> bool,
    patience: Duration,
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    let begun = Instant::now();
    loop {
        match attempt().await {
            Err(error) if passes(&error) && begun.elapsed() < patience => {
                tokio::time::sleep(BETWEEN_ATTEMPTS).await;
            }
            outcome => return outcome,
        }
    }
}
