//! Invitations: the mail that tells of one, and whom they await.

use std::sync::Arc;

use service::{
    Clock as _, Context, Credentials, Sender, Smtp, SmtpServer, authenticate, invitation, organization,
    worker,
};
use testkit::smtp::Smtp as MailServer;
use types::InvitationId;
use types::organization::{CreateInvitation, Invitation, JoinOrganization, ReceivedInvitation};
use types::permission::Role;
use types::problem::Code;

use crate::database::on_both_databases;
use crate::world::{DAY, World, founder};

on_both_databases![
    an_invitation_awaits_whoever_has_confirmed_its_address,
    whoever_is_invited_is_told_by_mail_in_our_own_words,
    an_invitation_ends_after_a_week,
];

async fn invite(world: &World, context: &Context) -> Invitation {
    let input = CreateInvitation { email: "bob@example.org".into(), role: Role::Member };
    invitation::create(context, &world.scope().await, input).await.unwrap()
}

async fn received(world: &World, person: &Credentials) -> Vec<ReceivedInvitation> {
    let signed_in = authenticate(&world.context, person).await.unwrap();
    invitation::received(&world.context, &signed_in).await.unwrap().items
}

async fn join(world: &World, person: &Credentials, input: JoinOrganization) -> Result<String, Code> {
    let signed_in = authenticate(&world.context, person).await.unwrap();
    let answer =
        organization::join(&world.context, &signed_in, "test", input).await.map_err(|error| error.code())?;
    Ok(answer.organization.unwrap().name)
}

fn by_id(id: InvitationId) -> JoinOrganization {
    JoinOrganization { invitation_id: Some(id), ..JoinOrganization::default() }
}

async fn confirm(world: &World, person: &Credentials) {
    let id = authenticate(&world.context, person).await.unwrap().user.id;
    let tx = world.context.store.platform_write().await.unwrap();
    store::user::confirm_email(&tx, id, world.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn an_invitation_awaits_whoever_has_confirmed_its_address(world: &World) {
    let made = invite(world, &world.context).await;
    let (bob, eve) = (founder(&world.context, "bob").await, founder(&world.context, "eve").await);
    confirm(world, &eve).await;
    // Anybody may have signed up with Bob's address.
    assert_eq!(received(world, &bob).await, []);
    assert_eq!(join(world, &bob, by_id(made.id)).await, Err(Code::NotFound));

    confirm(world, &bob).await;
    let awaits = received(world, &bob).await;
    assert_eq!(awaits.len(), 1, "{awaits:?}");
    assert_eq!(
        (awaits[0].id, awaits[0].organization.as_str(), awaits[0].role),
        (made.id, "ada's", Role::Member)
    );
    // Another's invitation is none, however confirmed one's own address is.
    assert_eq!(received(world, &eve).await, []);
    assert_eq!(join(world, &eve, by_id(made.id)).await, Err(Code::NotFound));

    assert_eq!(join(world, &bob, by_id(made.id)).await.unwrap(), "ada's");
    assert_eq!(received(world, &bob).await, []);
    assert_eq!(join(world, &bob, by_id(made.id)).await, Err(Code::NotFound));
    let both = JoinOrganization { invitation: made.token, ..by_id(made.id) };
    assert_eq!(join(world, &bob, both).await, Err(Code::Invalid));
}

async fn whoever_is_invited_is_told_by_mail_in_our_own_words(world: &World) {
    assert!(!invite(world, &world.context).await.mailed);
    let server = MailServer::start().await;
    let sender = Sender::parse("bastion@example.org").unwrap();
    let smtp = Smtp::new(SmtpServer::parse(&server.url()).unwrap(), sender).unwrap();
    let context = world.context.clone().with_mailer(Arc::new(smtp));
    let made = invite(world, &context).await;
    assert!(made.mailed);
    worker::drain(&context).await.unwrap();
    let mails = server.mails();
    let [mail] = mails.as_slice() else { panic!("not one mail: {mails:?}") };
    assert_eq!(
        (mail.to.as_str(), mail.header("Subject")),
        ("bob@example.org", "You are invited to an organization at Bastion")
    );
    assert!(mail.text.contains("\nhttp://localhost/onboarding?new=1&join=1\n"), "{}", mail.text);
    // What the inviting organization calls itself is theirs to choose: it is not ours to mail. Nor is the token.
    assert!(!mail.text.contains("ada") && !mail.text.contains(&made.token.unwrap()), "{}", mail.text);
}

async fn an_invitation_ends_after_a_week(world: &World) {
    let made = invite(world, &world.context).await;
    world.wait(6).await;
    let bob = founder(&world.context, "bob").await;
    confirm(world, &bob).await;
    assert_eq!(received(world, &bob).await.len(), 1);
    world.advance(DAY);
    assert_eq!(received(world, &bob).await, []);
    assert_eq!(join(world, &bob, by_id(made.id)).await, Err(Code::NotFound));
    let by_token = JoinOrganization { invitation: made.token, ..JoinOrganization::default() };
    assert_eq!(join(world, &bob, by_token).await, Err(Code::NotFound));
}
