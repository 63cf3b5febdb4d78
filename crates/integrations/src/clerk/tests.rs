use serde_json::{Value, json};
use testkit::clerk::Clerk as Fake;

use super::*;
use crate::EgressPolicy;

const NOW: i64 = 1_800_000_000;
const PAGE: &str = "https://bastion.example";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

/// What this server makes of an instance.
fn instance(fake: &Fake) -> Clerk {
    let settings = ClerkSettings {
        publishable_key: None,
        issuer: fake.base.clone(),
        authorized_parties: vec![PAGE.to_owned(), "http://localhost:8080".to_owned()],
        backend: fake.base.parse().unwrap(),
        secret_key: None,
        webhook_secret: None,
    };
    Clerk::new(settings, Egress::new(EgressPolicy::parse("", true).unwrap()).unwrap())
}

fn claims(fake: &Fake, with: &Value) -> Value {
    let mut claims = fake.claims("user_1", "sess_1", PAGE, NOW);
    claims.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    claims
}

#[tokio::test]
async fn a_token_holds_for_its_issuer_its_page_and_its_time_alone() {
    let fake = Fake::start().await;
    let clerk = instance(&fake);
    for (with, later, holds) in [
        (json!({}), 0, true),
        (json!({"azp": "http://localhost:8080"}), 0, true),
        (json!({"azp": "https://bastion.example/"}), 0, false),
        (json!({"azp": "https://evil.example"}), 0, false),
        (json!({"azp": null}), 0, false),
        (json!({"iss": "https://other.clerk.accounts.dev"}), 0, false),
        (json!({"iss": format!("{}/", fake.base)}), 0, false),
        (json!({"iss": null}), 0, false),
        (json!({}), 89, true),
        (json!({}), 90, false),
        (json!({"exp": i64::MAX}), 90, true),
        (json!({"exp": null}), 0, false),
        (json!({"nbf": NOW + 30}), 0, true),
        (json!({"nbf": NOW + 31}), 0, false),
        (json!({"nbf": null}), 0, false),
        (json!({"iat": NOW + 31}), 0, false),
        (json!({}), -31, false),
        (json!({"sts": null}), 0, true),
        (json!({"sts": "pending"}), 0, false),
        (json!({"sts": "later"}), 0, false),
        (json!({"act": {"sub": "user_2"}}), 0, false),
        (json!({"sub": ""}), 0, false),
        (json!({"sub": null}), 0, false),
        (json!({"sid": null}), 0, false),
        (json!({"sid": "s".repeat(101)}), 0, false),
        (json!({"v": 1}), 0, true),
        (json!({"v": null}), 0, true),
        (json!({"v": 3}), 0, false),
        // What a custom token has is passed over.
        (json!({"aud": "another", "email": "a@example.org"}), 0, true),
    ] {
        let found = clerk.verify(&fake.token(&claims(&fake, &with)), at(NOW + later)).await;
        assert_eq!(found.is_ok(), holds, "{with} {later} s later: {found:?}");
    }
    assert_eq!(fake.asked(), 1);
}

#[tokio::test]
async fn the_header_decides_nothing_and_other_tokens_of_the_same_key_are_none_of_a_session() {
    let fake = Fake::start().await;
    let clerk = instance(&fake);
    let good = claims(&fake, &json!({}));
    for (header, holds) in [
        (json!({}), true),
        (json!({"cat": null}), true),
        (json!({"cat": "cl_I7d4PD111III"}), true),
        (json!({"oiat": NOW}), true),
        (json!({"cat": "cl_B7d4PD222AAA"}), false),
        (json!({"cat": "cl_B7d4PD333AAA"}), false),
        (json!({"cat": ""}), false),
        (json!({"alg": "none"}), false),
        (json!({"alg": "HS256"}), false),
        (json!({"alg": "RS512"}), false),
        (json!({"alg": "PS256"}), false),
        (json!({"crit": ["exp"]}), false),
    ] {
        let found = clerk.verify(&fake.token_with(&header, &good), at(NOW)).await;
        assert_eq!(found.is_ok(), holds, "{header}: {found:?}");
    }
    let token = fake.token(&good);
    let (message, _) = token.rsplit_once('.').unwrap();
    for bad in [
        fake.forged(&good),
        format!("{message}."),
        message.to_owned(),
        String::new(),
        fake.token(&claims(&fake, &json!({"more": "x".repeat(9_000)}))),
    ] {
        assert!(matches!(clerk.verify(&bad, at(NOW)).await, Err(ProviderError::Invalid(_))), "{bad}");
    }
}

#[tokio::test]
async fn a_session_says_where_its_person_is_and_how_they_came() {
    let fake = Fake::start().await;
    let clerk = instance(&fake);
    let second = json!({"o": {"id": "org_1", "slg": "acme", "rol": "admin", "per": "manage,read", "fpm": "3,2"},
        "fea": "o:dashboard,o:teams", "pla": "o:pro", "fva": [7, 3]});
    let first = json!({"v": null, "org_id": "org_1", "org_slug": "acme", "org_role": "org:admin",
        "org_permissions": ["org:dashboard:manage", "org:dashboard:read", "org:teams:read"], "fva": [7, 3]});
    let organization = ActiveOrganization {
        id: "org_1".to_owned(),
        slug: Some("acme".to_owned()),
        role: "admin".to_owned(),
        permissions: ["dashboard:manage", "dashboard:read", "teams:read"]
            .map(|one| format!("org:{one}"))
            .to_vec(),
    };
    let session = ClerkSession {
        id: "sess_1".to_owned(),
        subject: "user_1".to_owned(),
        organization: Some(organization),
        proved_at: Some(at(NOW - 420)),
        second_factor: true,
    };
    for with in [second, first] {
        let found = clerk.verify(&fake.token(&claims(&fake, &with)), at(NOW)).await;
        assert_eq!(found, Ok(session.clone()), "{with}");
    }
    // Claims of the other version, and none.
    for (with, proved_at) in [
        (json!({"org_id": "org_1", "org_role": "org:admin"}), Some(at(NOW))),
        (json!({"v": null, "o": {"id": "org_1", "rol": "admin"}, "fva": [-1, -1]}), Some(at(0))),
        (json!({"fva": null}), None),
    ] {
        let found = clerk.verify(&fake.token(&claims(&fake, &with)), at(NOW)).await;
        let expected =
            ClerkSession { organization: None, proved_at, second_factor: false, ..session.clone() };
        assert_eq!(found, Ok(expected), "{with}");
    }
    let unreadable = json!({"o": {"id": "org_1", "per": "read", "fpm": "x"}, "fea": "o:teams"});
    assert!(clerk.verify(&fake.token(&claims(&fake, &unreadable)), at(NOW)).await.is_err());
}

#[tokio::test]
async fn keys_that_change_are_asked_for_once_and_never_in_a_flood() {
    let fake = Fake::start().await;
    let clerk = instance(&fake);
    let token = |seconds: i64| fake.token(&fake.claims("user_1", "sess_1", PAGE, seconds));
    let good = token(NOW);
    let found = futures_util::future::join_all((0..8).map(|_| clerk.verify(&good, at(NOW)))).await;
    assert!(found.iter().all(Result::is_ok) && fake.asked() == 1, "{} {found:?}", fake.asked());
    fake.rotate();
    // Right after the first call it is not asked again, whatever comes.
    let next = token(NOW);
    for _ in 0..5 {
        assert!(clerk.verify(&next, at(NOW + 29)).await.is_err());
    }
    assert_eq!(fake.asked(), 1);
    let found = futures_util::future::join_all((0..8).map(|_| clerk.verify(&next, at(NOW + 30)))).await;
    assert!(found.iter().all(Result::is_ok) && fake.asked() == 2, "{} {found:?}", fake.asked());
    // By what is known for a few minutes, and for an hour when nothing answers.
    let later = token(NOW + 30 + 3_599);
    let last = token(NOW + 30 + 3_600);
    fake.down(true);
    assert!(clerk.verify(&later, at(NOW + 30 + 3_599)).await.is_ok());
    let gone = clerk.verify(&last, at(NOW + 30 + 3_600)).await;
    assert!(matches!(gone, Err(ProviderError::Unreachable(_))), "{gone:?}");
}
