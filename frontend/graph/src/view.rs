use std::collections::HashMap;
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use types::schema::SchemaGraph;
use ui::use_size;

use crate::camera::Camera;
use crate::card::{Mark, Standing, card};
use crate::download;
use crate::geometry::Point;
use crate::gesture::{Gestures, place};
use crate::minimap::minimap;
use crate::model::Model;
use crate::overlay::{Ask, legend, toolbar};
use crate::scene::{Direction, Moves, Scene};
use crate::viewport::Viewport;

/// Below this zoom cards show only their name; a little above it again all.
const FAR: f64 = 0.46;
const NEAR: f64 = 0.5;
/// Cards within so many pixels of the window exist, in steps of the same, so that few movements change the set.
const BEYOND: f64 = 240.0;
/// A table that is flown to is shown at least this large.
const READABLE: f64 = 0.8;
const ZOOM_STEP: f64 = 1.25;
/// Pixels an arrow key pans with Shift.
const PAN_STEP: f64 = 80.0;

/// The chosen table and those next to it.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    table: usize,
    neighbours: Vec<usize>,
}

/// The schema as a graph. It fills its parent, which needs a height.
///
/// A drag moves the ground or the card under the pointer, the wheel pans, Ctrl and the wheel or a pinch zooms. A click chooses a table, a double click or Enter opens
/// it. With the keyboard: arrows walk along foreign keys, Shift and arrows pan, `+`, `-`, `0` and `f` zoom, Esc lets go.
#[component]
pub fn SchemaGraphView(
    #[prop(into)] graph: Signal<SchemaGraph>,
    /// The path of the chosen table.
    selected: RwSignal<Option<String>>,
    /// The path of a table to fly to and choose.
    #[prop(optional, into)]
    focus: Signal<Option<String>>,
    /// Tables that differ, by path.
    #[prop(optional, into)]
    marks: Signal<HashMap<String, Mark>>,
    /// Called with the path of the table to open.
    #[prop(optional, into)]
    on_open: Option<Callback<String>>,
    /// Where cards were put by hand; the page may keep it.
    #[prop(optional)]
    moves: Option<RwSignal<Moves>>,
    /// Buttons before those for zooming.
    #[prop(optional, into)]
    tools: ViewFnOnce,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let size = use_size(node);
    let moves = moves.unwrap_or_else(|| RwSignal::new(Moves::new()));
    // Laying out is the expensive half: a card that is dragged does not repeat it.
    let laid = Memo::new(move |_| Arc::new(graph.with(|graph| Scene::new(Model::new(graph)))));
    let scene = Memo::new(move |_| {
        let laid = laid.get();
        moves.with(|moves| if moves.is_empty() { laid } else { Arc::new(laid.moved(moves)) })
    });
    let camera = Camera::new();
    let gestures = Gestures::new(camera);
    let ready = RwSignal::new(false);
    let spoken = RwSignal::new(String::new());

    let has_size = Memo::new(move |_| size.get().0 > 1.0 && size.get().1 > 1.0);
    // A new schema is shown whole; a resized window keeps what it shows.
    Effect::new(move |_| {
        laid.track();
        if has_size.get() {
            let scene = scene.get_untracked();
            camera.viewport.set(Viewport::fitting(&scene.bounds(), size.get_untracked(), 1.0));
            ready.set(true);
        }
    });

    let choice = Memo::new(move |_| {
        let scene = scene.get();
        let table = selected.with(|path| path.as_deref().and_then(|path| scene.find(path)))?;
        Some(Choice { table, neighbours: scene.neighbours(table) })
    });
    let choose = move |table: Option<usize>| {
        let scene = scene.get_untracked();
        let path = table.and_then(|table| scene.model().tables.get(table)).map(|table| table.path.clone());
        spoken.set(table.map(|table| scene.sentence(table)).unwrap_or_default());
        selected.set(path);
    };
    let fly_to = move |table: usize| {
        let Some(rect) = scene.get_untracked().rects().get(table).copied() else { return };
        let zoom = camera.viewport.get_untracked().zoom.max(READABLE);
        camera.fly(Viewport::centred(rect.centre(), size.get_untracked(), zoom));
    };
    Effect::new(move |_| {
        let wanted = focus.get();
        if !ready.get() {
            return;
        }
        if let Some(table) = wanted.and_then(|path| scene.get_untracked().find(&path)) {
            choose(Some(table));
            fly_to(table);
        }
    });
    let open = move || {
        if let (Some(on_open), Some(path)) = (on_open, selected.get_untracked()) {
            on_open.run(path);
        }
    };
    let middle = move || {
        let (width, height) = size.get_untracked();
        Point { x: width / 2.0, y: height / 2.0 }
    };
    let ask = move |ask: Ask| {
        let viewport = camera.viewport.get_untracked();
        match ask {
            Ask::ZoomIn => camera.zoom(ZOOM_STEP, middle()),
            Ask::ZoomOut => camera.zoom(1.0 / ZOOM_STEP, middle()),
            Ask::ActualSize => camera.fly(viewport.zoomed(1.0 / viewport.zoom, middle())),
            Ask::Fit => {
                camera.fly(Viewport::fitting(&scene.get_untracked().bounds(), size.get_untracked(), 1.0))
            }
            Ask::ResetPlaces => moves.set(Moves::new()),
            Ask::SaveSvg => download::svg(&scene.get_untracked()),
            Ask::SavePng => download::png(&scene.get_untracked()),
        }
    };
    let walk = move |direction: Direction| {
        let scene = scene.get_untracked();
        let next = match choice.get_untracked() {
            Some(choice) => scene.step(choice.table, direction),
            None => scene.nearest(camera.viewport.get_untracked().world(middle())),
        };
        if let Some(next) = next {
            choose(Some(next));
            fly_to(next);
        }
    };
    let keydown = move |event: web_sys::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let arrow = match event.key().as_str() {
            "ArrowLeft" => Some((Direction::Left, PAN_STEP, 0.0)),
            "ArrowRight" => Some((Direction::Right, -PAN_STEP, 0.0)),
            "ArrowUp" => Some((Direction::Up, 0.0, PAN_STEP)),
            "ArrowDown" => Some((Direction::Down, 0.0, -PAN_STEP)),
            _ => None,
        };
        match (arrow, event.key().as_str()) {
            (Some((_, dx, dy)), _) if event.shift_key() => camera.pan(dx, dy),
            (Some((direction, _, _)), _) => walk(direction),
            (None, "+" | "=") => ask(Ask::ZoomIn),
            (None, "-") => ask(Ask::ZoomOut),
            (None, "0") => ask(Ask::ActualSize),
            (None, "f") => ask(Ask::Fit),
            (None, "Enter") => open(),
            (None, "Escape") => choose(None),
            _ => return,
        }
        event.prevent_default();
    };
    let under = move |at: Point| scene.get_untracked().hit(camera.viewport.get_untracked().world(at));
    let pointermove = move |event: web_sys::PointerEvent| {
        let Some((table, by)) = gestures.moved(&event) else { return };
        let scene = scene.get_untracked();
        let zoom = camera.viewport.get_untracked().zoom;
        if let (Some(model), Some(rect)) = (scene.model().tables.get(table), scene.rects().get(table)) {
            let corner = Point { x: rect.x + by.x / zoom, y: rect.y + by.y / zoom };
            moves.update(|moves| {
                moves.insert(model.path.clone(), corner);
            });
        }
    };
    let pointerup = move |event: web_sys::PointerEvent| {
        if let Some(at) = gestures.up(&event) {
            choose(under(at));
        }
    };
    let double_click = move |event: web_sys::MouseEvent| {
        if place(&event).is_some_and(|(_, at)| under(at).is_some()) {
            open();
        }
    };

    let far = Memo::new(move |before: Option<&bool>| {
        let limit = if before == Some(&true) { NEAR } else { FAR };
        camera.viewport.get().zoom < limit
    });
    let near_window = Memo::new(move |_| {
        let viewport = camera.viewport.get();
        let step = BEYOND / viewport.zoom;
        let mut view = viewport.visible(size.get());
        let (right, bottom) = (view.right(), view.bottom());
        view.x = (view.x / step).floor() * step;
        view.y = (view.y / step).floor() * step;
        view.width = (right / step).ceil() * step - view.x;
        view.height = (bottom / step).ceil() * step - view.y;
        scene.with(|scene| scene.within(&view.grown(step)))
    });
    let standing = move |table: usize| {
        choice.with(|choice| match choice {
            None => Standing::Plain,
            Some(choice) if choice.table == table => Standing::Chosen,
            Some(choice) if choice.neighbours.binary_search(&table).is_ok() => Standing::Neighbour,
            Some(_) => Standing::Dimmed,
        })
    };
    // A new schema has new cards even where the numbers are the same; one that is dragged only moves.
    let cards = move || {
        let laid = laid.get();
        let far = far.get();
        let marks = marks.get();
        view! {
            <For
                each=move || near_window.get()
                key=|table| *table
                children=move |table| {
                    laid.model()
                        .tables
                        .get(table)
                        .map(|model| {
                            let mark = marks.get(&model.path).copied();
                            let rect = Memo::new(move |_| {
                                scene.with(|scene| scene.rects().get(table).copied().unwrap_or_default())
                            });
                            card(model, rect.into(), far, mark, move || standing(table))
                        })
                }
            />
        }
    };
    let moved = move || {
        let Viewport { x, y, zoom } = camera.viewport.get();
        format!("translate({x}px, {y}px) scale({zoom})")
    };
    let zoom = Memo::new(move |_| camera.viewport.get().zoom);
    // The lines keep their width on the screen; from afar there are many, and thin ones read better.
    let stroke = move || format!("{}px", if far.get() { 0.8 } else { 1.4 } / zoom.get());
    // So does the edge of a card, which a small zoom would make thinner than a pixel.
    let ring = move || format!("{}px", (1.0 / zoom.get() - 1.0).clamp(0.0, 8.0));
    let any_moved = Signal::derive(move || moves.with(|moves| !moves.is_empty()));
    let all_edges = move || scene.with(|scene| scene.edges_path());
    let chosen_edges =
        move || choice.get().map(|choice| scene.with(|scene| scene.edges_path_of(choice.table)));
    let words = move || {
        scene.with(|scene| {
            let model = scene.model();
            format!("Schema graph: {} tables, {} foreign keys", model.tables.len(), model.edges.len())
        })
    };
    let map =
        move || (scene.with(|scene| scene.rects().len()) > 1).then(|| minimap(&scene.get(), camera, size));
    view! {
        <div
            node_ref=node
            class="graph"
            data-graph=""
            data-ready=move || ready.get().then_some("true")
            tabindex="0"
            role="group"
            aria-roledescription="graph"
            aria-label=words
            on:pointerdown=move |event| gestures.down(&event, under)
            on:pointermove=pointermove
            on:pointerup=pointerup
            on:pointercancel=move |event| gestures.cancel(&event)
            on:dblclick=double_click
            on:wheel=move |event| gestures.wheel(&event)
            on:keydown=keydown
        >
            <div class="graph-world" style:transform=moved style=("--ring", ring)>
                <svg class="graph-edges" style:stroke-width=stroke aria-hidden="true">
                    <path class="graph-edge" class:graph-dimmed=move || choice.with(Option::is_some) d=all_edges></path>
                    <path class="graph-edge graph-edge-chosen" d=chosen_edges></path>
                </svg>
                {cards}
            </div>
            {toolbar(ask, any_moved, tools)}
            {legend()}
            {map}
            <div class="sr-only" aria-live="polite">
                {spoken}
            </div>
        </div>
    }
}
