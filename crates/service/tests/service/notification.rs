//! Who is mailed when a scan finds something wrong.

use std::sync::Arc;

use service::{Context, Error, Sender, Smtp, SmtpServer, authenticate, notification, scan, worker};
use store::membership::{self, Status};
use testkit::smtp::{Received, Smtp as MailServer};
use types::UserId;
use types::notification::{IncidentMails, SetNotifications};
use types::permission::Role;
use types::run::StartScan;
use types::session::User;
use types::snapshot::Object;
use uuid::Uuid;

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World};

on_both_databases![members_are_mailed_about_incidents_as_their_organization_chose];

/// The world with a mail server.
struct Post<'a> {
    world: &'a World,
    context: Context,
    server: MailServer,
}

impl<'a> Post<'a> {
    async fn new(world: &'a World) -> Self {
        let server = MailServer::start().await;
        let sender = Sender::parse("bastion@example.org").unwrap();
        let smtp = Smtp::new(SmtpServer::parse(&server.url()).unwrap(), sender).unwrap();
        let context = world.context.clone().with_mailer(Arc::new(smtp));
        Self { world, context, server }
    }

    async fn choose(&self, version: u32, critical: &[Role], warning: &[Role]) -> Result<u32, Error> {
        let incidents = IncidentMails { critical: critical.to_vec(), warning: warning.to_vec() };
        let input = SetNotifications { version, incidents };
        Ok(notification::set(&self.context, &self.world.scope().await, input).await?.version)
    }

    /// Scans the shop as it is a day later, and answers what was mailed then, by address.
    async fn scan(&self, seen: &mut usize, objects: Vec<Object>) -> Vec<Received> {
        self.world.advance(DAY);
        self.world.change(objects);
        scan::start(&self.context, &self.world.scope().await, StartScan::default()).await.unwrap();
        worker::drain(&self.context).await.unwrap();
        let mut mails = self.server.mails().split_off(*seen);
        *seen += mails.len();
        mails.sort_by(|a, b| a.to.cmp(&b.to));
        mails
    }
}

/// A member of the shop's organization; whether mail to them arrives is known only where `confirmed`.
async fn member(world: &World, name: &str, role: Role, confirmed: bool) {
    let (org, now) = (world.tenant().await.org(), world.context.now());
    let person = User {
        id: UserId(Uuid::now_v7()),
        email: format!("{name}@example.org"),
        name: name.to_owned(),
        created_at: now,
        email_confirmed_at: confirmed.then_some(now),
    };
    let tx = world.context.store.platform_write().await.unwrap();
    store::user::insert(&tx, &person, "nobody signs in").await.unwrap();
    membership::insert(&tx, org, person.id, role, Status::Active, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn members_are_mailed_about_incidents_as_their_organization_chose(world: &World) {
    let (post, mut seen) = (Post::new(world).await, 0);
    let ada = authenticate(&world.context, &world.credentials).await.unwrap().user.id;
    let tx = world.context.store.platform_write().await.unwrap();
    store::user::confirm_email(&tx, ada, world.context.now()).await.unwrap();
    tx.commit().await.unwrap();
    member(world, "vera", Role::Viewer, true).await;
    member(world, "mia", Role::Member, true).await;
    // Nobody knows whose address this is.
    member(world, "eve", Role::Viewer, false).await;
    // So many that letters to all of them are more than one job.
    for number in 0..50 {
        member(world, &format!("many{number}"), Role::Admin, true).await;
    }
    world.advance(1);
    member(world, "zoe", Role::Viewer, true).await;

    // Nothing was chosen: nobody is told.
    assert_eq!(post.scan(&mut seen, shop::catalog()).await.len(), 0);
    assert_eq!(post.scan(&mut seen, shop::without_city()).await.len(), 0);
    assert_eq!(post.scan(&mut seen, shop::catalog()).await.len(), 0);

    let told = [Role::Viewer, Role::Owner, Role::Viewer];
    assert_eq!(post.choose(0, &told, &[Role::Member]).await.unwrap(), 1);
    assert_eq!(post.choose(1, &[Role::Owner, Role::Viewer], &[Role::Member]).await.unwrap(), 1, "it was so");
    assert!(matches!(post.choose(0, &[], &[]).await, Err(Error::Conflict(_))));
    let shown = notification::get(&post.context, &world.scope().await).await.unwrap();
    assert_eq!(shown.incidents.critical, [Role::Viewer, Role::Owner]);
    assert_eq!((shown.mail, shown.author.as_deref()), (true, Some("ada")));
    assert!(!notification::get(&world.context, &world.scope().await).await.unwrap().mail);

    let mails = post.scan(&mut seen, shop::without_city()).await;
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["ada@example.org", "vera@example.org", "zoe@example.org"], "{mails:?}");
    for mail in &mails {
        assert_eq!(mail.header("Subject"), "New incidents at Bastion");
        assert!(mail.text.contains("    critical: 1\n") && !mail.text.contains("warning"), "{}", mail.text);
        assert!(mail.text.contains("http://localhost/dashboard/incidents?org=ada-s\n"), "{}", mail.text);
        // No name of theirs, and none of their data.
        assert!(!mail.text.contains("city") && !mail.text.contains("shop"), "{}", mail.text);
    }
    // The same again is no news, and neither is its end.
    assert_eq!(post.scan(&mut seen, shop::without_city()).await.len(), 0);
    assert_eq!(post.scan(&mut seen, shop::catalog()).await.len(), 0);
    assert_eq!(post.choose(1, &[], &[Role::Member]).await.unwrap(), 2);
    assert_eq!(post.scan(&mut seen, shop::without_city()).await.len(), 0);
}
