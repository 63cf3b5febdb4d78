//! What the mails say. Nothing in them was written by anybody who is not the receiver: no names, and no addresses but their
//! own, so that nobody can have us mail their words to others. Only members read the slug of their organization, which is
//! made of letters, digits and dashes.

use crate::notification::Found;

/// A mail's subject, text, and the link in it.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    pub(crate) subject: &'static str,
    pub(crate) text: String,
    /// Opens what it is for: it is in the mail alone, or in the log where there is no mail server.
    pub(crate) link: Option<String>,
}

/// Where a password is set by a link. Behind the `#`, the token is sent to no server, and into no log on the way.
pub(crate) fn reset_link(site: &str, token: &str) -> String {
    format!("{site}/reset-password#{token}")
}

impl Wording {
    fn with_link(subject: &'static str, before: &str, link: String, after: &str) -> Self {
        Self { subject, text: format!("{before}\n\n{link}\n\n{after}\n"), link: Some(link) }
    }

    fn without_link(subject: &'static str, text: String) -> Self {
        Self { subject, text, link: None }
    }

    pub(crate) fn reset_password(site: &str, token: &str) -> Self {
        Self::with_link(
            "Reset your password for Bastion",
            "Somebody, probably you, asked to set another password for your account. To do\n\
             so, open this link within 30 minutes:",
            reset_link(site, token),
            "It works once. If it was not you, do nothing: your password stays as it is.",
        )
    }

    pub(crate) fn sign_up(site: &str, token: &str) -> Self {
        Self::with_link(
            "Confirm your address for Bastion",
            "Somebody, probably you, signed up with this address. To make the account, open\n\
             this link within a day, and give the password that you signed up with:",
            format!("{site}/confirm-email?account=new#{token}"),
            "It works once. If it was not you, do nothing: there will be no account.",
        )
    }

    pub(crate) fn confirm_email(site: &str, token: &str) -> Self {
        Self::with_link(
            "Confirm your address for Bastion",
            "To confirm that mail to this address reaches you, open this link within a\n\
             day:",
            format!("{site}/confirm-email#{token}"),
            "It works once. If you did not ask for it, do nothing.",
        )
    }

    pub(crate) fn change_email(site: &str, token: &str) -> Self {
        Self::with_link(
            "Confirm your new address for Bastion",
            "Somebody, probably you, wants to use this address for their account. To do so,\n\
             open this link within a day:",
            format!("{site}/confirm-email#{token}"),
            "It works once. If it was not you, do nothing: the address will not be used.",
        )
    }

    pub(crate) fn has_account(site: &str) -> Self {
        Self::without_link(
            "You have an account at Bastion",
            format!(
                "Somebody, probably you, wanted to use this address for a new or another\n\
                 account. It has one already. Sign in here, where you can also set another\n\
                 password:\n\n\
                 {site}/sign-in\n\n\
                 If it was not you, do nothing: nothing has changed.\n"
            ),
        )
    }

    pub(crate) fn invited(site: &str) -> Self {
        Self::without_link(
            "You are invited to an organization at Bastion",
            format!(
                "Somebody wants you to work with them in their organization. To see which, and\n\
                 to join, sign in or sign up with this address within a week:\n\n\
                 {site}/onboarding?new=1&join=1\n\n\
                 If you do not know what this is, do nothing.\n"
            ),
        )
    }

    pub(crate) fn incidents(site: &str, slug: &str, found: &Found) -> Self {
        let counts: String = [("critical", found.critical), ("warning", found.warning)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("    {severity}: {count}\n"))
            .collect();
        Self::without_link(
            "New incidents at Bastion",
            format!(
                "A scan found something wrong in your organization {slug}. Incidents that were\n\
                 opened, or have become worse:\n\n\
                 {counts}\n\
                 {site}/dashboard/incidents?org={slug}\n\n\
                 Administrators choose in the settings of the organization who gets this mail.\n"
            ),
        )
    }

    pub(crate) fn password_changed(site: &str) -> Self {
        Self::without_link(
            "Your password for Bastion was changed",
            format!(
                "The password of your account was changed, and other devices were signed out.\n\n\
                 If it was not you, set another one at once:\n\n\
                 {site}/forgot-password\n"
            ),
        )
    }

    pub(crate) fn email_changed() -> Self {
        Self::without_link(
            "Your address for Bastion was changed",
            "Your account has another address from now on, and this one opens it no more.\n\n\
             If it was not you, tell whoever runs this server at once.\n"
                .to_owned(),
        )
    }
}
