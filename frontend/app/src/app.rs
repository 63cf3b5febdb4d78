use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::use_location;
use leptos_router::path;
use ui::{ToastHost, provide_clock, provide_theme, provide_toasts};

use crate::address::with_query;
use crate::pages::not_found::NotFoundPage;
use crate::part::{
    Agents, ConfirmEmail, Drift, ForgotPassword, Graph, Incidents, Landing, Onboarding, Overview, Quality,
    ResetPassword, Schema, Settings, SignIn, SignInByClerk, SignInCallback, SignUp,
};
use crate::session::Session;
use crate::shell::Shell;

/// The whole application: its contexts and its routes.
#[component]
pub fn App() -> impl IntoView {
    provide_theme();
    provide_toasts();
    provide_clock();
    Session::provide();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=Landing />
                <Route path=path!("/sign-in") view=SignIn />
                <Route path=path!("/sign-in/callback") view=SignInCallback />
                <Route path=path!("/sign-in/clerk") view=SignInByClerk />
                <Route path=path!("/sign-up") view=SignUp />
                <Route path=path!("/forgot-password") view=ForgotPassword />
                <Route path=path!("/reset-password") view=ResetPassword />
                <Route path=path!("/confirm-email") view=ConfirmEmail />
                <Route path=path!("/onboarding") view=Onboarding />
                <Route path=path!("/settings") view=SettingsAlias />
                <ParentRoute path=path!("/dashboard") view=Shell>
                    <Route path=path!("") view=Overview />
                    <Route path=path!("/schema/graph") view=Graph />
                    <Route path=path!("/schema/:table?") view=Schema />
                    <Route path=path!("/quality") view=Quality />
                    <Route path=path!("/health") view=Quality />
                    <Route path=path!("/drift") view=Drift />
                    <Route path=path!("/incidents") view=Incidents />
                    <Route path=path!("/agents") view=Agents />
                    <Route path=path!("/settings") view=Settings />
                </ParentRoute>
            </Routes>
        </Router>
        <ToastHost />
    }
}

/// `/settings` is another name of the settings in the dashboard.
#[component]
fn SettingsAlias() -> impl IntoView {
    let address = with_query("/dashboard/settings", &use_location().search.get_untracked());
    view! { <Redirect path=address /> }
}
