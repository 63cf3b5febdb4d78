//! Clerk, where people and organizations may be kept: what it says of them is true here as well.
//!
//! Its events come late, twice and in any order. So each of its objects is known by when it was last changed there: what is
//! older changes nothing, and what is deleted never comes back. What is done here follows from what is known alone.
//!
//! In an organization that comes from Clerk its members and their roles are Clerk's; members who came in another way are left
//! as they are. It always has an owner: where Clerk names none, whoever made it, else the administrator or member of longest
//! standing. One in which nobody is left keeps its last owner and is suspended until somebody is there again.

mod apply;
mod change;
mod merge;
mod project;
mod reconcile;
mod session;
mod webhook;

pub(crate) use reconcile::{RECONCILE, plan, reconcile};
pub(crate) use session::{bearer, cookie, entered, named, signed_in};
pub use session::{principal, sign_in};
pub use webhook::receive;
