//! Clerk's library in the browser. It comes from the instance's own front-end API, and is loaded on one page alone.

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::*;
use types::session::ClerkInstance;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

/// The library, and its pages, which it is given; of these major versions.
const SCRIPTS: [&str; 2] =
    ["/npm/@clerk/ui@1/dist/ui.browser.js", "/npm/@clerk/clerk-js@6/dist/clerk.browser.js"];
/// Under which names the scripts are found once they have run.
const PAGES: &str = "__internal_ClerkUICtor";
const LIBRARY: &str = "Clerk";

/// The library, which knows by now who is at this browser.
#[derive(Clone)]
pub(super) struct Library(JsValue);

impl Library {
    /// Fetches it and has it ask its instance.
    ///
    /// # Errors
    /// What it or the browser says.
    pub(super) async fn load(instance: &ClerkInstance) -> Result<Self, JsValue> {
        for script in SCRIPTS {
            fetch(instance, script).await?;
        }
        let found = Reflect::get(&window(), &LIBRARY.into())?;
        let pages = Reflect::get(&window(), &PAGES.into())?;
        let ui = object(&[("ClerkUI", pages)])?;
        let options = object(&[("ui", ui), ("telemetry", JsValue::FALSE)])?;
        awaited(call(&found, "load", &[options])?).await?;
        Ok(Self(found))
    }

    /// Whether somebody is signed in there, with nothing left to do.
    pub(super) fn is_signed_in(&self) -> bool {
        let status = self.session().and_then(|session| Reflect::get(&session, &"status".into()));
        status.is_ok_and(|status| status.as_string().as_deref() == Some("active"))
    }

    /// A token of the session, which holds for a minute; `anew`: none that the library has kept.
    ///
    /// # Errors
    /// What it says.
    pub(super) async fn token(&self, anew: bool) -> Result<String, JsValue> {
        let options = object(&[("skipCache", anew.into())])?;
        awaited(call(&self.session()?, "getToken", &[options])?).await?.as_string().ok_or(JsValue::NULL)
    }

    /// Shows its form for signing in; whoever has signed in comes back to an address.
    ///
    /// # Errors
    /// What it says.
    pub(super) fn show_sign_in(&self, place: &Element, back: &str) -> Result<(), JsValue> {
        let options = object(&[
            ("routing", "hash".into()),
            ("withSignUp", JsValue::TRUE),
            ("forceRedirectUrl", back.into()),
            ("signUpForceRedirectUrl", back.into()),
        ])?;
        call(&self.0, "mountSignIn", &[place.into(), options]).map(drop)
    }

    /// Signs out there and goes to an address.
    ///
    /// # Errors
    /// What it says.
    pub(super) async fn sign_out(&self, to: &str) -> Result<(), JsValue> {
        let options = object(&[("redirectUrl", to.into())])?;
        awaited(call(&self.0, "signOut", &[options])?).await?;
        // It goes nowhere when nobody was signed in.
        window().location().set_href(to)
    }

    fn session(&self) -> Result<JsValue, JsValue> {
        Reflect::get(&self.0, &"session".into())
    }
}

/// Runs one of the instance's scripts.
async fn fetch(instance: &ClerkInstance, script: &str) -> Result<(), JsValue> {
    let element = document().create_element("script")?;
    element.set_attribute("src", &format!("{}{script}", instance.frontend_api))?;
    element.set_attribute("crossorigin", "anonymous")?;
    element.set_attribute("data-clerk-publishable-key", &instance.publishable_key)?;
    let mut added = Ok(());
    let ran = Promise::new(&mut |done, failed| {
        let listen =
            |event: &str, function: &Function| element.add_event_listener_with_callback(event, function);
        added = listen("load", &done).and_then(|()| listen("error", &failed));
    });
    added?;
    document().body().ok_or(JsValue::NULL)?.append_child(&element)?;
    JsFuture::from(ran).await.map(drop)
}

fn object(members: &[(&str, JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in members {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}

fn call(of: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(of, &method.into())?.dyn_into()?;
    Reflect::apply(&function, of, &arguments.iter().collect::<Array>())
}

async fn awaited(answer: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&answer)).await
}
