//! Mail by SMTP, to a server that takes nothing that is not right.

#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

use integrations::mail::Encryption;
use integrations::{Mail, MailError, Mailer as _, Sender, Smtp, SmtpServer};
use testkit::smtp::{Fault, Smtp as FakeServer};
use types::Timestamp;

fn smtp(url: &str) -> Smtp {
    let sender = Sender::parse("Bastion <bastion@example.org>").unwrap();
    Smtp::new(SmtpServer::parse(url).unwrap(), sender).unwrap()
}

fn mail(to: &str) -> Mail {
    Mail {
        id: "0190-1".to_owned(),
        to: to.to_owned(),
        subject: "Reset your password".to_owned(),
        text: format!(
            "Open this link:\n\nhttps://bastion.example/{}#abc\n\n.\n.. a dot of its own\n",
            "a/long/path/".repeat(10)
        ),
        at: Timestamp::from_millis(1_800_000_000_000).unwrap(),
    }
}

async fn failure(smtp: &Smtp, mail: &Mail) -> MailError {
    smtp.send(mail).await.unwrap_err()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let server = FakeServer::start().await;
    smtp(&server.url()).send(&mail("ada@example.net")).await.unwrap();
    let mails = server.mails();
    let [received] = mails.as_slice() else { panic!("{mails:?}") };
    assert_eq!((received.from.as_str(), received.to.as_str()), ("bastion@example.org", "ada@example.net"));
    for (name, value) in [
        ("From", "Bastion <bastion@example.org>"),
        ("To", "ada@example.net"),
        ("Subject", "Reset your password"),
        ("Date", "Fri, 15 Jan 2027 08:00:00 +0000"),
        ("Message-ID", "<0190-1@example.org>"),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "7bit"),
    ] {
        assert_eq!(received.header(name), value, "{name}");
    }
    assert_eq!(received.text, mail("").text);
    assert_eq!(received.token(), "abc");
}

#[tokio::test]
async fn what_is_in_an_address_or_a_subject_ends_no_header() {
    let server = FakeServer::start().await;
    let hostile = Mail { subject: "Hello\r\nBcc: eve@example.net".to_owned(), ..mail("ada@example.net") };
    smtp(&server.url()).send(&hostile).await.unwrap();
    assert!(server.mails()[0].headers.iter().all(|(name, _)| name != "Bcc"), "{:?}", server.mails());
    let error = failure(&smtp(&server.url()), &mail("ada@example.net>\r\nRCPT TO:<eve@example.net")).await;
    assert!(!error.again, "{error}");
    assert!(!server.heard().contains("eve@example.net>"), "{}", server.heard());
}

#[tokio::test]
async fn what_no_line_of_a_mail_can_hold_is_not_sent() {
    let server = FakeServer::start().await;
    for text in ["not ASCII: \u{e9}\n".to_owned(), "a lone\rreturn\n".to_owned(), "x".repeat(999)] {
        let error = failure(&smtp(&server.url()), &Mail { text, ..mail("ada@example.net") }).await;
        assert!(!error.again && error.message.contains("998"), "{error}");
    }
    assert_eq!(server.heard(), "");
    smtp(&server.url()).send(&Mail { text: "x".repeat(998), ..mail("ada@example.net") }).await.unwrap();
    assert_eq!(server.mails()[0].text, "x".repeat(998) + "\n");
}

#[tokio::test]
async fn user_and_password_are_given_where_they_are_asked_for() {
    let server = FakeServer::asking_for("bastion", "hunter2").await;
    let with = |who: &str| smtp(&format!("smtp://{who}127.0.0.1:{}", server.address.port()));
    with("bastion:hunter2@").send(&mail("ada@example.net")).await.unwrap();
    assert_eq!(server.mails().len(), 1);
    // The operator can put this right: it is tried again.
    for who in ["bastion:canary-password@", ""] {
        let error = failure(&with(who), &mail("ada@example.net")).await;
        assert!(error.again, "{error}");
        assert!(!error.message.contains("canary"), "{error}");
    }
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let server = FakeServer::start().await;
    let smtp = smtp(&server.url());
    for (fault, again) in [
        (Fault::Answer("MAIL", "421 Closing"), true),
        (Fault::Answer("RCPT", "451 Greylisted"), true),
        (Fault::Answer("RCPT", "550 No such user"), false),
        (Fault::Answer("DATA", "452 No space"), true),
        (Fault::GoneAfterData, true),
    ] {
        server.fail(fault.clone());
        let error = failure(&smtp, &mail("ada@example.net")).await;
        assert_eq!(error.again, again, "{fault:?}: {error}");
    }
    smtp.send(&mail("ada@example.net")).await.unwrap();
    // The one that was taken before the server was gone, and the last.
    assert_eq!(server.mails().len(), 2);
    drop(server);
    assert!(failure(&smtp, &mail("ada@example.net")).await.again);
}

#[tokio::test]
async fn what_a_server_says_is_cut() {
    let server = FakeServer::start().await;
    let long: &'static str = Box::leak(format!("550 {}\u{1b}[31m", "x".repeat(400)).into_boxed_str());
    server.fail(Fault::Answer("RCPT", long));
    let error = failure(&smtp(&server.url()), &mail("ada@example.net")).await;
    assert!(error.message.len() < 300 && !error.message.contains('\u{1b}'), "{error}");
}

#[tokio::test]
async fn where_tls_is_demanded_nothing_is_said_without_it() {
    let server = FakeServer::asking_for("bastion", "canary-password").await;
    let target = SmtpServer::parse(&format!("smtp://bastion:canary-password@{}", server.address)).unwrap();
    let target = SmtpServer { encryption: Encryption::StartTls, ..target };
    let smtp = Smtp::new(target, Sender::parse("bastion@example.org").unwrap()).unwrap();
    let error = failure(&smtp, &mail("ada@example.net")).await;
    assert!(error.again, "{error}");
    let heard = server.heard();
    assert!(
        heard.starts_with("EHLO example.org\r\n") && !heard.contains("AUTH") && !heard.contains("ada"),
        "{heard}"
    );
}
