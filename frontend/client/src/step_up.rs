//! Requests that wait for a person to prove again who they are.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

#[derive(Default)]
struct Desk {
    /// Shows the person what they are asked.
    show: Option<Rc<dyn Fn()>>,
    /// What lets each waiting request go on.
    waiting: Vec<Function>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// From now on a request that needs a recent proof calls `show`, and waits for [`step_up_over`].
pub fn on_step_up(show: impl Fn() + 'static) {
    DESK.with_borrow_mut(|desk| desk.show = Some(Rc::new(show)));
}

/// Nobody can be asked any more; whatever waits fails.
pub fn no_step_up() {
    DESK.with_borrow_mut(|desk| desk.show = None);
    step_up_over(false);
}

/// The person was asked: what waits is sent again when they proved themselves, and fails when they did not.
pub fn step_up_over(proved: bool) {
    let waiting = DESK.with_borrow_mut(|desk| std::mem::take(&mut desk.waiting));
    for resolve in waiting {
        // A promise's own function does not throw.
        let _ = resolve.call1(&JsValue::NULL, &JsValue::from_bool(proved));
    }
}

/// Asks the person; whether they proved themselves.
pub(crate) async fn confirmed() -> bool {
    let Some(show) = DESK.with_borrow(|desk| desk.show.clone()) else { return false };
    let promise = Promise::new(&mut |resolve, _| DESK.with_borrow_mut(|desk| desk.waiting.push(resolve)));
    show();
    JsFuture::from(promise).await.is_ok_and(|proved| proved == JsValue::TRUE)
}
