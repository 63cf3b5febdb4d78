//! What the pages of all kinds of jobs have alike.

use super::{BackfillPage, JobStatus, ProfilePage, ScanPage, ToolError};

/// A page of a job.
pub trait JobPage {
    fn status(&self) -> JobStatus;
    /// Whether nothing is on it.
    fn is_empty(&self) -> bool;
    /// Where the next one begins.
    fn next_cursor(&self) -> Option<&str>;
    /// Why the job failed.
    fn error(&self) -> Option<&ToolError>;
}

macro_rules! job_pages {
    ($($page:ty),*) => {$(
        impl JobPage for $page {
            fn status(&self) -> JobStatus {
                self.status
            }

            fn is_empty(&self) -> bool {
                self.page.is_empty()
            }

            fn next_cursor(&self) -> Option<&str> {
                self.next_cursor.as_deref()
            }

            fn error(&self) -> Option<&ToolError> {
                self.error.as_ref()
            }
        }
    )*};
}

job_pages!(ScanPage, ProfilePage, BackfillPage);
