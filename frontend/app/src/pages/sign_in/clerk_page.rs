use client::{Failure, Query};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::problem::Code;
use types::session::Me;
use ui::{Button, ButtonVariant};
use wasm_bindgen::JsValue;

use super::clerk::Library;
use super::destination;
use crate::address::query_value;
use crate::page::PageFrame;
use crate::session::{CLERK_PAGE, Session, use_session};
use crate::shell::Brand;

/// What the page has to say when it cannot go on.
#[derive(Clone)]
struct Told {
    title: String,
    text: String,
    request_id: Option<String>,
    /// Somebody is signed in at Clerk, and could be somebody else.
    library: Option<StoredValue<Library, LocalStorage>>,
}

impl Told {
    fn new(title: &str, text: String) -> Self {
        Self { title: title.to_owned(), text, request_id: None, library: None }
    }

    fn failure(failure: &Failure) -> Self {
        let (title, text) = (failure.title(), failure.detail());
        Self { title, text, request_id: failure.request_id(), library: None }
    }
}

/// Signs in by Clerk's own form, or out there. This page alone may load what is Clerk's: whoever comes or goes by it loads a whole
/// page.
#[component]
pub fn ClerkPage() -> impl IntoView {
    let session = use_session();
    let visit = Visit {
        session,
        next: query_value("next").get_untracked(),
        leaving: query_value("leave").get_untracked().is_some(),
        place: NodeRef::new(),
        is_shown: RwSignal::new(false),
        told: RwSignal::new(None),
    };
    let (place, is_shown, told) = (visit.place, visit.is_shown, visit.told);
    let refused = query_value("refused").get_untracked().is_some();
    let (text, doing) = match visit.leaving {
        true => ("You are signed out here.", "Signing you out at Clerk."),
        false => ("Your organization keeps its people there.", "Clerk is asked who you are."),
    };
    let again = visit.address();
    Effect::new(move |begun: Option<bool>| {
        if begun == Some(true) || !session.configured() {
            return begun.unwrap_or_default();
        }
        spawn_local(visit.clone().go());
        true
    });
    let is_ready = Signal::derive(move || is_shown.get() || told.with(Option::is_some));
    view! {
        <PageFrame
            name="sign-in-clerk"
            title="Sign in with Clerk"
            ready=is_ready
            class="flex min-h-dvh flex-col items-center justify-center gap-6 p-6"
        >
            <a href="/" rel="external" class="rounded-control" aria-label="Bastion, start page">
                <Brand />
            </a>
            <div class="w-full max-w-sm">
                <h1 tabindex="-1" class="text-title font-semibold tracking-tight">
                    "Sign in with Clerk"
                </h1>
                <p class="mt-1 text-text-2">{text}</p>
                <p role="status" class="mt-4" class:hidden=is_ready>
                    {doing}
                </p>
                <p role="alert" class="mt-4" class:hidden=move || !refused || told.with(Option::is_some)>
                    "This server has not taken your session at Clerk: it was ended here, or this server is set up for other pages \
                     than this one. Sign in again; if this stays, tell whoever runs this server."
                </p>
            </div>
            <Trouble told=told again=again />
            <div node_ref=place class:hidden=move || !is_shown.get()></div>
            <a href="/sign-in" rel="external" class="text-table text-accent-text underline">
                "Back to sign-in"
            </a>
        </PageFrame>
    }
}

/// Why the page does not go on, and what to do.
#[component]
fn Trouble(told: RwSignal<Option<Told>>, again: String) -> impl IntoView {
    move || {
        let Told { title, text, request_id, library } = told.get()?;
        let (retry, elsewhere) = (again.clone(), again.clone());
        let other = library.map(|library| {
            let leave = move || {
                let (library, to) = (library.get_value(), elsewhere.clone());
                spawn_local(async move {
                    if library.sign_out(&to).await.is_ok() {
                        Session::left_clerk();
                    }
                });
            };
            view! { <Button on_click=leave>"Sign in as somebody else"</Button> }
        });
        let retry = move || {
            let _ = window().location().set_href(&retry);
        };
        Some(view! {
            <div role="alert" class="w-full max-w-sm rounded-control border border-bad bg-bad-tint px-3 py-2 text-table text-text">
                <p class="font-medium text-bad">{title}</p>
                <p class="mt-0.5 break-words">{ui::prose(&text)}</p>
                <ui::RequestId id=request_id />
            </div>
            <div class="flex gap-2">
                <Button variant=ButtonVariant::Primary on_click=retry>
                    "Try again"
                </Button>
                {other}
            </div>
        })
    }
}

/// What one comes to the page for.
#[derive(Clone)]
struct Visit {
    session: Session,
    next: Option<String>,
    leaving: bool,
    place: NodeRef<Div>,
    /// Whether Clerk's form is shown.
    is_shown: RwSignal<bool>,
    told: RwSignal<Option<Told>>,
}

impl Visit {
    /// The page's address for another attempt.
    fn address(&self) -> String {
        let leave = self.leaving.then_some("true");
        format!("{CLERK_PAGE}{}", Query::new().with("next", self.next.clone()).with("leave", leave))
    }

    async fn go(self) {
        if let Err(told) = self.attempt().await {
            let _ = self.told.try_set(Some(told));
        }
    }

    async fn attempt(&self) -> Result<(), Told> {
        let methods = self.session.api().sign_in_methods().await;
        let Some(instance) = methods.map_err(|failure| Told::failure(&failure))?.clerk else {
            let text = "Nobody signs in by Clerk on this server. Go back and sign in in another way.";
            return Err(Told::new("There is no Clerk here", text.to_owned()));
        };
        let unloaded = |_| {
            let text = format!(
                "Nothing that can be used came from {}. Look whether your network or a blocker keeps it away, then try again; if \
                 it stays, tell whoever runs this server.",
                instance.frontend_api
            );
            Told::new("Clerk cannot be reached", text)
        };
        let library = Library::load(&instance).await.map_err(unloaded)?;
        if self.leaving {
            Session::left_clerk();
            return library.sign_out("/sign-in").await.map_err(unloaded);
        }
        if !library.is_signed_in() {
            let Some(place) = self.place.get_untracked() else { return Ok(()) };
            library.show_sign_in(&place, &self.address()).map_err(unloaded)?;
            let _ = self.is_shown.try_set(true);
            return Ok(());
        }
        let entered = match self.enter(&library, false).await.map_err(unloaded)? {
            // One that the library had kept may have ended.
            Err(failure) if failure.is(Code::Unauthenticated) => {
                self.enter(&library, true).await.map_err(unloaded)?
            }
            entered => entered,
        };
        match entered {
            Ok(me) => {
                Session::came_by_clerk();
                let _ = window().location().replace(&destination(self.next.clone(), &me));
                Ok(())
            }
            Err(failure) if failure.is(Code::Unauthenticated) => {
                Session::left_clerk();
                let query = Query::new().with("next", self.next.clone()).with("refused", Some("true"));
                library.sign_out(&format!("{CLERK_PAGE}{query}")).await.map_err(unloaded)
            }
            Err(failure) => {
                let library = Some(StoredValue::new_local(library));
                Err(Told { library, ..Told::failure(&failure) })
            }
        }
    }

    /// Exchanges a token for a session here; fails otherwise when there is none.
    async fn enter(&self, library: &Library, anew: bool) -> Result<Result<Me, Failure>, JsValue> {
        let token = library.token(anew).await?;
        Ok(self.session.api().sign_in_with_clerk(token).await)
    }
}
