//! What no event said is found once a day.

use service::worker;
use testkit::clerk as object;

use super::Instance;
use crate::database::TestDatabase;

/// A day later, when what events did not say is looked for.
async fn reconciled(instance: &Instance) {
    instance.app.clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
    worker::plan(&instance.app.context).await.unwrap();
    worker::drain(&instance.app.context).await.unwrap();
}

#[tokio::test]
async fn once_a_day_what_no_event_said_is_found_and_nothing_is_taken_for_gone_that_is_there() {
    let instance = Instance::start(TestDatabase::sqlite().await).await;
    let clerk = &instance.clerk;
    let acme = object::organization("org_1", "Acme", "user_0", 1);
    clerk.keep(&acme);
    // More than a page of them.
    for number in 0..60 {
        let (user, email) = (format!("user_{number}"), format!("u{number:02}@example.org"));
        clerk.keep(&object::user(&user, &email, "U", 1));
        let role = if number == 0 { "org:admin" } else { "org:member" };
        clerk.keep(&object::membership(&format!("orgmem_{number}"), &acme, &user, role, 1));
    }
    reconciled(&instance).await;
    let members = async || instance.organization("org_1").await.map(|(name, _, roles)| (name, roles.len()));
    assert_eq!(members().await, Some(("Acme".to_owned(), 60)));
    clerk.forget("user_7");
    clerk.forget("orgmem_8");
    for number in 10..60 {
        clerk.forget(&format!("orgmem_{number}"));
    }
    clerk.keep(&object::organization("org_1", "Acme & Co", "user_0", 2));
    clerk.keep(&object::membership("orgmem_9", &acme, "user_9", "org:admin", 2));
    reconciled(&instance).await;
    let (name, suspended, roles) = instance.organization("org_1").await.unwrap();
    assert_eq!((name.as_str(), suspended, roles.len()), ("Acme & Co", false, 8));
    assert!(roles.contains(&"u00@example.org U owner".to_owned()), "{roles:?}");
    assert!(roles.contains(&"u09@example.org U admin".to_owned()), "{roles:?}");
    // While the backend fails nothing is taken for gone.
    clerk.down(true);
    reconciled(&instance).await;
    assert_eq!(members().await, Some(("Acme & Co".to_owned(), 8)));
    clerk.down(false);
    clerk.forget("org_1");
    reconciled(&instance).await;
    assert_eq!(members().await, None);
}
