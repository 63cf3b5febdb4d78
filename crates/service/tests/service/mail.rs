//! Links by mail, sent to a mail server that takes nothing that is not right.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use service::identity::SignedUp;
use service::{
    Context, Credentials, Error, Sender, SignedIn, Smtp, SmtpServer, authenticate, identity, worker,
};
use testkit::smtp::{Fault, Received, Smtp as MailServer};
use types::email::{ChangeEmail, ConfirmEmail, Delivery, ForgotPassword, ResetPassword};
use types::session::{SignIn, SignUp};

use crate::database::on_both_databases;
use crate::world::World;

on_both_databases![
    a_forgotten_password_is_replaced_by_a_link_that_works_once,
    a_link_is_useless_after_half_an_hour_and_after_a_newer_one,
    who_has_no_account_makes_the_same_work_and_gets_no_mail,
    a_person_confirms_their_address,
    another_address_is_theirs_once_it_is_confirmed_and_the_old_one_is_told,
    an_address_that_somebody_has_is_not_given_to_another_and_its_owner_is_told,
    an_account_is_made_when_its_address_is_confirmed,
    signing_up_with_an_address_that_has_an_account_tells_its_owner_alone,
    who_signs_up_with_the_address_of_another_gets_no_account_by_their_opening_the_link,
    of_two_who_confirm_at_once_one_gets_the_account,
    the_operator_makes_the_link_that_a_mail_would_bring,
    a_mail_that_did_not_go_through_is_sent_again_with_another_token,
    a_mail_that_nobody_takes_is_given_up,
    links_that_expired_are_forgotten,
];

const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "another horse, another staple";

/// The world with a mail server.
struct Post {
    server: MailServer,
    context: Context,
}

impl Post {
    async fn new(world: &World) -> Self {
        let server = MailServer::start().await;
        let sender = Sender::parse("bastion@example.org").unwrap();
        let smtp = Smtp::new(SmtpServer::parse(&server.url()).unwrap(), sender).unwrap();
        let context = world.context.clone().with_mailer(Arc::new(smtp));
        Self { server, context }
    }

    /// What was mailed since the last time.
    async fn delivered(&self, seen: &mut usize) -> Vec<Received> {
        worker::drain(&self.context).await.unwrap();
        let mails = self.server.mails().split_off(*seen);
        *seen += mails.len();
        mails
    }

    async fn forgot(&self, email: &str) -> Delivery {
        let input = ForgotPassword { email: email.to_owned() };
        identity::forgot_password(&self.context, &nobody(), input).await.unwrap().delivery
    }

    async fn reset(&self, token: &str) -> Result<(), Error> {
        let input = ResetPassword { token: token.to_owned(), new: NEW_PASSWORD.to_owned() };
        identity::reset_password(&self.context, &nobody(), input).await
    }

    async fn confirm(&self, token: &str) -> Result<(String, bool), Error> {
        let input = ConfirmEmail { token: token.to_owned(), password: None };
        let (confirmed, session) = identity::confirm_email(&self.context, &nobody(), input).await?;
        assert!(session.is_none());
        Ok((confirmed.email, confirmed.signed_up))
    }

    /// As whoever signed up; who is signed in then.
    async fn complete(&self, token: &str, password: &str) -> Result<SignedIn, Error> {
        let input = ConfirmEmail { token: token.to_owned(), password: Some(password.to_owned()) };
        let (confirmed, session) = identity::confirm_email(&self.context, &nobody(), input).await?;
        let session = session.unwrap();
        assert!(confirmed.signed_up && confirmed.email == session.me.user.email, "{confirmed:?}");
        authenticate(&self.context, &Credentials { session: Some(session.token), ..nobody() }).await
    }

    async fn sign_in(&self, email: &str, password: &str) -> Result<SignedIn, Error> {
        let input = SignIn { email: email.to_owned(), password: password.to_owned() };
        let session = identity::sign_in(&self.context, &nobody(), input).await?.session()?;
        let token = SecretString::from(session.token.expose_secret().to_owned());
        authenticate(&self.context, &Credentials { session: Some(token), ..nobody() }).await
    }

    async fn sign_up(&self, name: &str) -> SignedUp {
        self.sign_up_with(name, PASSWORD).await
    }

    async fn sign_up_with(&self, name: &str, password: &str) -> SignedUp {
        let email = format!("{name}@example.org");
        let input = SignUp { email, password: password.to_owned(), name: name.to_owned() };
        identity::sign_up(&self.context, &nobody(), input).await.unwrap()
    }

    async fn change_email(&self, signed_in: &SignedIn, email: &str) -> Result<Delivery, Error> {
        let input = ChangeEmail { email: email.to_owned() };
        Ok(identity::change_email(&self.context, signed_in, input).await?.delivery)
    }

    async fn jobs(&self) -> u64 {
        let tx = self.context.store.platform_read().await.unwrap();
        store::job::count(&tx).await.unwrap()
    }
}

fn nobody() -> Credentials {
    Credentials {
        session: None,
        api_key: None,
        clerk: None,
        org: None,
        request_id: "test".into(),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: None,
    }
}

fn only(mails: &[Received]) -> &Received {
    match mails {
        [mail] => mail,
        mails => panic!("not exactly one mail: {mails:?}"),
    }
}

async fn a_forgotten_password_is_replaced_by_a_link_that_works_once(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    assert_eq!(post.forgot(" Ada@Example.org ").await, Delivery::Mail);
    let mails = post.delivered(&mut seen).await;
    let mail = only(&mails);
    assert_eq!(
        (mail.to.as_str(), mail.header("Subject")),
        ("ada@example.org", "Reset your password for Bastion")
    );
    assert!(mail.text.contains("http://localhost/reset-password#"), "{}", mail.text);
    // It opens nothing else.
    assert!(matches!(post.confirm(mail.token()).await, Err(Error::LinkExpired)));
    let input = ResetPassword { token: mail.token().to_owned(), new: "short".to_owned() };
    let refused = identity::reset_password(&post.context, &nobody(), input).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    authenticate(&post.context, &world.credentials).await.unwrap();
    post.reset(mail.token()).await.unwrap();
    assert!(matches!(authenticate(&post.context, &world.credentials).await, Err(Error::Unauthenticated)));
    assert!(matches!(post.sign_in("ada@example.org", PASSWORD).await, Err(Error::WrongCredentials)));
    post.sign_in("ada@example.org", NEW_PASSWORD).await.unwrap();
    assert!(matches!(post.reset(mail.token()).await, Err(Error::LinkExpired)));
    let told = post.delivered(&mut seen).await;
    let told = only(&told);
    assert_eq!(
        (told.to.as_str(), told.header("Subject")),
        ("ada@example.org", "Your password for Bastion was changed")
    );
}

async fn a_link_is_useless_after_half_an_hour_and_after_a_newer_one(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    post.forgot("ada@example.org").await;
    let first = post.delivered(&mut seen).await;
    post.forgot("ada@example.org").await;
    // Asked twice before it is sent: one mail.
    post.forgot("ada@example.org").await;
    let second = post.delivered(&mut seen).await;
    assert_ne!(only(&first).header("Message-ID"), only(&second).header("Message-ID"));
    assert!(matches!(post.reset(only(&first).token()).await, Err(Error::LinkExpired)));
    world.advance(30 * 60);
    assert!(matches!(post.reset(only(&second).token()).await, Err(Error::LinkExpired)));
    post.forgot("ada@example.org").await;
    let third = post.delivered(&mut seen).await;
    world.advance(30 * 60 - 1);
    post.reset(only(&third).token()).await.unwrap();
}

async fn who_has_no_account_makes_the_same_work_and_gets_no_mail(world: &World) {
    let post = Post::new(world).await;
    let mut work = Vec::new();
    for name in ["ada", "nobody"] {
        let before = post.jobs().await;
        let delivery = post.forgot(&format!("{name}@example.org")).await;
        work.push((delivery, post.jobs().await - before));
    }
    assert_eq!(work, [(Delivery::Mail, 1); 2]);
    let mails = post.delivered(&mut 0).await;
    assert_eq!(only(&mails).to, "ada@example.org");
}

async fn a_person_confirms_their_address(world: &World) {
    let post = Post::new(world).await;
    let ada = authenticate(&post.context, &world.credentials).await.unwrap();
    assert_eq!(ada.user.email_confirmed_at, None);
    identity::send_confirmation(&post.context, &ada).await.unwrap();
    let mails = post.delivered(&mut 0).await;
    let mail = only(&mails);
    assert_eq!(mail.to, "ada@example.org");
    world.advance(24 * 3600 - 1);
    assert!(matches!(post.reset(mail.token()).await, Err(Error::LinkExpired)));
    assert_eq!(post.confirm(mail.token()).await.unwrap(), ("ada@example.org".to_owned(), false));
    assert!(matches!(post.confirm(mail.token()).await, Err(Error::LinkExpired)));
    let ada = authenticate(&post.context, &world.credentials).await.unwrap();
    assert_eq!(ada.user.email_confirmed_at, Some(post.context.now()));
    let again = identity::send_confirmation(&post.context, &ada).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
}

async fn another_address_is_theirs_once_it_is_confirmed_and_the_old_one_is_told(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    world.advance(600);
    let ada = authenticate(&post.context, &world.credentials).await.unwrap();
    let refused = post.change_email(&ada, "ada@new.example").await;
    assert!(matches!(refused, Err(Error::StepUpRequired)), "{refused:?}");
    let ada = post.sign_in("ada@example.org", PASSWORD).await.unwrap();
    let same = post.change_email(&ada, "ADA@example.org").await;
    assert!(matches!(same, Err(Error::Invalid(_))), "{same:?}");
    post.forgot("ada@example.org").await;
    let reset = post.delivered(&mut seen).await;
    assert_eq!(post.change_email(&ada, "ada@new.example").await.unwrap(), Delivery::Mail);
    let mails = post.delivered(&mut seen).await;
    assert_eq!(only(&mails).to, "ada@new.example");
    post.sign_in("ada@example.org", PASSWORD).await.unwrap();
    let confirmed = post.confirm(only(&mails).token()).await.unwrap();
    assert_eq!(confirmed, ("ada@new.example".to_owned(), false));
    assert!(matches!(post.sign_in("ada@example.org", PASSWORD).await, Err(Error::WrongCredentials)));
    let ada = post.sign_in("ada@new.example", PASSWORD).await.unwrap();
    assert_eq!(ada.user.email_confirmed_at, Some(post.context.now()));
    let told = post.delivered(&mut seen).await;
    assert_eq!(
        (only(&told).to.as_str(), only(&told).text.contains("ada@new.example")),
        ("ada@example.org", false)
    );
    // What was mailed to the old address opens the account no more.
    assert!(matches!(post.reset(only(&reset).token()).await, Err(Error::LinkExpired)));
}

async fn an_address_that_somebody_has_is_not_given_to_another_and_its_owner_is_told(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    let bob = crate::world::founder(&world.context, "bob").await;
    let ada = authenticate(&post.context, &world.credentials).await.unwrap();
    assert_eq!(post.change_email(&ada, "bob@example.org").await.unwrap(), Delivery::Mail);
    let mails = post.delivered(&mut seen).await;
    let subject = "You have an account at Bastion";
    assert_eq!((only(&mails).to.as_str(), only(&mails).header("Subject")), ("bob@example.org", subject));
    // One whom somebody else was faster than.
    let bob = authenticate(&post.context, &bob).await.unwrap();
    post.change_email(&ada, "new@example.org").await.unwrap();
    post.change_email(&bob, "new@example.org").await.unwrap();
    let mails = post.delivered(&mut seen).await;
    let [first, second] = mails.as_slice() else { panic!("{mails:?}") };
    post.confirm(first.token()).await.unwrap();
    assert!(matches!(post.confirm(second.token()).await, Err(Error::LinkExpired)));
    let both =
        [post.sign_in("ada@example.org", PASSWORD).await, post.sign_in("bob@example.org", PASSWORD).await];
    assert_eq!(both.iter().filter(|signed_in| signed_in.is_ok()).count(), 1);
}

async fn an_account_is_made_when_its_address_is_confirmed(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    let answer = post.sign_up("bob").await;
    assert!(matches!(&answer, SignedUp::LinkSent(sent) if sent.delivery == Delivery::Mail), "{answer:?}");
    let mails = post.delivered(&mut seen).await;
    assert_eq!(only(&mails).to, "bob@example.org");
    assert!(matches!(post.sign_in("bob@example.org", PASSWORD).await, Err(Error::WrongCredentials)));
    // Whoever has no account yet cannot reset its password, and is not told so.
    post.forgot("bob@example.org").await;
    assert!(post.delivered(&mut seen).await.is_empty());
    // Again, as with a password that was mistyped: the first link is useless.
    post.sign_up("bob").await;
    let again = post.delivered(&mut seen).await;
    let (first, last) = (only(&mails).token(), only(&again).token());
    assert!(matches!(post.complete(first, PASSWORD).await, Err(Error::LinkExpired)));
    let bob = post.complete(last, PASSWORD).await.unwrap();
    assert_eq!((bob.user.name.as_str(), bob.user.email_confirmed_at), ("bob", Some(post.context.now())));
    assert!(matches!(post.complete(last, PASSWORD).await, Err(Error::LinkExpired)));
    assert_eq!(post.sign_in("bob@example.org", PASSWORD).await.unwrap().user, bob.user);
    post.sign_up("eve").await;
    let late = post.delivered(&mut seen).await;
    world.advance(24 * 3600);
    assert!(matches!(post.complete(only(&late).token(), PASSWORD).await, Err(Error::LinkExpired)));
}

async fn who_signs_up_with_the_address_of_another_gets_no_account_by_their_opening_the_link(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    post.sign_up_with("bob", "the password of a stranger").await;
    let mails = post.delivered(&mut seen).await;
    let token = only(&mails).token();
    for (password, code) in [(None, "required"), (Some(PASSWORD), "wrong")] {
        let input = ConfirmEmail { token: token.to_owned(), password: password.map(ToOwned::to_owned) };
        let refused = identity::confirm_email(&post.context, &nobody(), input).await;
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!((faults[0].pointer.as_str(), faults[0].code.as_str()), ("/password", code));
    }
    // Bob signs up himself: the stranger's password is forgotten.
    post.sign_up("bob").await;
    let mails = post.delivered(&mut seen).await;
    post.complete(only(&mails).token(), PASSWORD).await.unwrap();
    let stranger = post.sign_in("bob@example.org", "the password of a stranger").await;
    assert!(matches!(stranger, Err(Error::WrongCredentials)), "{stranger:?}");
}

async fn the_operator_makes_the_link_that_a_mail_would_bring(world: &World) {
    let post = Post::new(world).await;
    let (ada, link) = identity::reset_link(&post.context, " Ada@Example.org").await.unwrap();
    assert_eq!(ada.email, "ada@example.org");
    let token = link.strip_prefix("http://localhost/reset-password#").unwrap();
    post.reset(token).await.unwrap();
    post.sign_in("ada@example.org", NEW_PASSWORD).await.unwrap();
    let unknown = identity::reset_link(&post.context, "nobody@example.org").await;
    assert!(matches!(unknown, Err(Error::NotFound("account"))), "{unknown:?}");
}

async fn signing_up_with_an_address_that_has_an_account_tells_its_owner_alone(world: &World) {
    let post = Post::new(world).await;
    let mut work = Vec::new();
    for name in ["ada", "nobody"] {
        let before = post.jobs().await;
        let SignedUp::LinkSent(sent) = post.sign_up(name).await else { panic!("signed in") };
        work.push((sent.delivery, post.jobs().await - before));
    }
    assert_eq!(work, [(Delivery::Mail, 1); 2]);
    let mails = post.delivered(&mut 0).await;
    let told = mails.iter().find(|mail| mail.to == "ada@example.org").unwrap();
    assert_eq!(told.header("Subject"), "You have an account at Bastion");
    assert!(!told.text.contains('#'), "{}", told.text);
    post.sign_in("ada@example.org", PASSWORD).await.unwrap();
}

async fn of_two_who_confirm_at_once_one_gets_the_account(world: &World) {
    let post = Post::new(world).await;
    post.sign_up("bob").await;
    let mails = post.delivered(&mut 0).await;
    let token = only(&mails).token();
    let (first, second) = tokio::join!(post.complete(token, PASSWORD), post.complete(token, PASSWORD));
    let made = [first, second].into_iter().filter(Result::is_ok).count();
    assert_eq!(made, 1);
}

async fn a_mail_that_did_not_go_through_is_sent_again_with_another_token(world: &World) {
    let post = Post::new(world).await;
    let mut seen = 0;
    for (fault, mails) in [(Fault::Answer("RCPT", "451 Greylisted"), 0), (Fault::GoneAfterData, 1)] {
        post.server.fail(fault);
        post.forgot("ada@example.org").await;
        let lost = post.delivered(&mut seen).await;
        assert_eq!(lost.len(), mails);
        assert!(post.delivered(&mut seen).await.is_empty(), "not at once");
        world.advance(10);
        let again = post.delivered(&mut seen).await;
        if let [lost] = lost.as_slice() {
            assert_ne!(lost.token(), only(&again).token());
            assert_ne!(lost.header("Message-ID"), only(&again).header("Message-ID"));
            assert!(matches!(post.reset(lost.token()).await, Err(Error::LinkExpired)));
            post.reset(only(&again).token()).await.unwrap();
        }
    }
}

async fn a_mail_that_nobody_takes_is_given_up(world: &World) {
    let post = Post::new(world).await;
    post.server.fail(Fault::Answer("RCPT", "550 No such user"));
    post.forgot("ada@example.org").await;
    assert!(post.delivered(&mut 0).await.is_empty());
    world.advance(24 * 3600);
    assert!(post.delivered(&mut 0).await.is_empty());
    // Its owner may ask again.
    post.forgot("ada@example.org").await;
    assert_eq!(only(&post.delivered(&mut 0).await).to, "ada@example.org");
}

async fn links_that_expired_are_forgotten(world: &World) {
    let post = Post::new(world).await;
    post.forgot("ada@example.org").await;
    post.sign_up("bob").await;
    worker::drain(&post.context).await.unwrap();
    let forget = async || {
        let now = post.context.now();
        let tx = post.context.store.platform_write().await.unwrap();
        let tokens = store::email_token::forget_before(&tx, now).await.unwrap();
        let sign_ups = store::sign_up::forget_before(&tx, now).await.unwrap();
        (tokens, sign_ups)
    };
    assert_eq!(forget().await, (0, 0));
    world.advance(31 * 60);
    assert_eq!(forget().await, (1, 0));
    world.advance(24 * 3600);
    worker::plan(&post.context).await.unwrap();
    worker::drain(&post.context).await.unwrap();
    assert_eq!(forget().await, (0, 0), "housekeeping has done it");
}
