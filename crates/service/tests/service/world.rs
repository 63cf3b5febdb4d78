//! An organization with one source, somebody who owns it, and a clock that only tests move.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use service::{
    Clock, Context, Credentials, Error, ManualClock, Requires, Scope, Settings, SignUpRule, authenticate,
    authorize, identity, organization, permission, scan, source, worker,
};
use store::Tenant;
use store::object::{self, Address};
use types::connection::Transport;
use types::organization::CreateOrganization;
use types::run::{Run, RunState, StartScan};
use types::session::SignUp;
use types::source::{CreateSource, Schedule};
use types::{RunId, Timestamp};

use crate::agent::FakeAgent;
use crate::database::{TestDatabase, store};
use crate::shop;

/// In seconds.
pub(crate) const DAY: u64 = 24 * 60 * 60;

pub(crate) struct World {
    pub(crate) context: Context,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) agent: FakeAgent,
    pub(crate) credentials: Credentials,
    pub(crate) database: TestDatabase,
}

impl World {
    /// The shop is open, its source is known, nothing has been scanned.
    pub(crate) async fn new(database: TestDatabase) -> Self {
        let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let agent = FakeAgent::new(now);
        agent.state().objects = shop::catalog();
        agent.state().profiles = shop::contents(&shop::catalog(), 0, now);
        let settings = Settings {
            public_url: "http://localhost".into(),
            sign_up: SignUpRule::Open,
            notice: None,
            deletion_grace_days: Settings::DELETION_GRACE_DAYS,
        };
        let store = store(&database).await;
        let context = Context::new(store, clock.clone(), Arc::new(agent.clone()), settings)
            .with_least_work_for_passwords()
            .unwrap();
        let credentials = founder(&context, "ada").await;
        let world = Self { context, clock, agent, credentials, database };
        open_shop(&world.context, &world.credentials).await;
        world
    }

    /// Proof that the owner may do what the caller needs.
    pub(crate) async fn scope<P: Requires>(&self) -> Scope<P> {
        authorize::<P>(&self.context, &self.credentials).await.unwrap()
    }

    pub(crate) async fn tenant(&self) -> Tenant {
        self.scope::<permission::ScanRead>().await.tenant().clone()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.agent.state().now = self.clock.now();
    }

    /// Days go by; who is signed in stays so, for a month at most.
    pub(crate) async fn wait(&self, days: u64) {
        for _ in 0..days {
            self.advance(DAY);
            self.tenant().await;
        }
    }

    /// Does what is due at this time.
    pub(crate) async fn keep_house(&self) {
        worker::plan(&self.context).await.unwrap();
        worker::drain(&self.context).await.unwrap();
    }

    /// Whether an object is stored.
    pub(crate) async fn holds(&self, address: &Address) -> bool {
        let tenant = self.tenant().await;
        let tx = self.context.store.read(&tenant).await.unwrap();
        match object::get(&tx, address).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error, store::Error::NotFound);
                false
            }
        }
    }

    /// Starts a scan of the only source.
    pub(crate) async fn start(&self) -> Result<RunId, Error> {
        let scope = self.scope().await;
        Ok(scan::start(&self.context, &scope, StartScan::default()).await?.run_id)
    }

    pub(crate) async fn run(&self, id: RunId) -> Run {
        scan::get(&self.context, &self.scope().await, id).await.unwrap()
    }

    /// Does what is due, and what is due after waits and lost leases, until the run has ended.
    pub(crate) async fn finish(&self, id: RunId) -> Run {
        for _ in 0..20 {
            worker::drain(&self.context).await.unwrap();
            let run = self.run(id).await;
            if run.state.is_final() {
                return run;
            }
            self.advance(120);
        }
        panic!("the run does not end: {:?}", self.run(id).await);
    }

    /// A whole scan that succeeds.
    pub(crate) async fn scan(&self) -> Run {
        let id = self.start().await.unwrap();
        let run = self.finish(id).await;
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        run
    }

    /// Somebody changes the shop.
    pub(crate) fn change(&self, objects: Vec<types::snapshot::Object>) {
        let now = self.clock.now();
        let mut state = self.agent.state();
        state.profiles = shop::contents(&objects, 0, now);
        state.objects = objects;
        if !state.fingerprint.is_empty() {
            state.fingerprint.push('+');
        }
    }

    /// Versions, drift events, staged rows, and rows of scores: what a scan must neither lose nor double.
    pub(crate) async fn traces(&self) -> Traces {
        let tenant = self.tenant().await;
        let tx = self.context.store.read(&tenant).await.unwrap();
        let source = store::source::list(&tx).await.unwrap().pop().unwrap().id;
        let any = store::drift::Filter::default();
        let epoch = Timestamp::from_millis(0).unwrap();
        Traces {
            versions: store::version::list(&tx, source, None, 100).await.unwrap().len(),
            drifts: store::drift::list(&tx, &any, 100).await.unwrap().len(),
            profiles: store::statistics::scores(&tx, &[source], epoch).await.unwrap().len(),
            staged: store::staged::count(&tx).await.unwrap(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Traces {
    pub(crate) versions: usize,
    pub(crate) drifts: usize,
    pub(crate) profiles: usize,
    pub(crate) staged: u64,
}

/// Makes the source of an owner's organization.
pub(crate) async fn open_shop(context: &Context, owner: &Credentials) {
    let input = CreateSource {
        name: "shop".into(),
        transport: Transport::Direct,
        url: Some("http://agent.example/mcp".into()),
        token: Some("the agent's token".into()),
        agent_source: None,
        tool_prefix: None,
        schedule: Schedule::default(),
    };
    source::create(context, &authorize(context, owner).await.unwrap(), input).await.unwrap();
}

/// A new account that owns a new organization.
pub(crate) async fn founder(context: &Context, name: &str) -> Credentials {
    let mut credentials = Credentials {
        session: None,
        api_key: None,
        clerk: None,
        org: None,
        request_id: "test".into(),
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: None,
    };
    let input = SignUp {
        email: format!("{name}@example.org"),
        password: "correct horse battery staple".into(),
        name: name.to_owned(),
    };
    let session = identity::sign_up_at_once(context, &credentials, input).await.unwrap();
    credentials.session =
        Some(SecretString::from(secrecy::ExposeSecret::expose_secret(&session.token).to_owned()));
    let signed_in = authenticate(context, &credentials).await.unwrap();
    let organization = CreateOrganization { name: format!("{name}'s") };
    organization::create(context, &signed_in, "test", organization).await.unwrap();
    credentials
}
