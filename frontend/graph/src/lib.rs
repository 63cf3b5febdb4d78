//! The schema graph: tables as cards, foreign keys as edges from row to row.
//!
//! What decides where things are (`layout`, [`Scene`], [`Viewport`]) is pure, deterministic and tested natively; sizes
//! come from the data, so nothing is measured in the browser before the first paint. The view moves one transformed
//! element, holds only the cards near the window, and draws all edges as two paths.

#![expect(unreachable_pub, reason = "the component macro moves each function into a private module")]

mod camera;
mod card;
mod download;
mod export;
mod geometry;
mod gesture;
mod layout;
mod minimap;
mod model;
mod overlay;
mod route;
mod scene;
mod view;
mod viewport;

pub use card::Mark;
pub use export::{Palette, to_svg};
pub use geometry::{Point, Rect};
pub use model::{Edge, Model, Table};
pub use scene::{Direction, Moves, Scene};
pub use view::SchemaGraphView;
pub use viewport::Viewport;
