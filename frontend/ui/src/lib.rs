//! Components of the interface, on native elements: `<dialog>`, the Popover API, real form controls.
//!
//! Rules: colours only through the tokens of `styles/tokens.css`; no `style="…"` attribute (the content security policy
//! forbids it; `style:property=` is fine); every control has an accessible name; a status is an icon and a word, never
//! colour alone. What formats or computes is pure and tested natively.

#![expect(unreachable_pub, reason = "the component macro moves each function into a private module")]

mod badge;
mod breadcrumb;
mod button;
mod card;
mod clock;
#[cfg(test)]
mod contrast;
mod copy;
mod dialog;
mod drawer;
mod field;
mod file_button;
mod glyph;
mod icon;
mod id;
mod input;
mod log;
mod menu;
mod page_header;
mod percent_bar;
mod prose;
mod request_id;
mod ring;
mod sidebar;
mod size;
mod skeleton;
mod state;
mod table;
mod tabs;
mod theme;
mod toast;
mod toggle;
mod tooltip;
mod virtual_list;
mod window;

pub mod format;
pub mod letters;

pub use badge::{Badge, HealthBadge, HealthDot, SeverityBadge, Tone};
pub use breadcrumb::{Breadcrumb, Crumb};
pub use button::{Button, ButtonVariant, ControlSize, IconButton, LinkButton};
pub use card::{Card, Change, StatCard};
pub use clock::{RelativeTime, now_millis, provide_clock, use_now};
pub use copy::{CopyButton, copy_text};
pub use dialog::{ConfirmDialog, Dialog};
pub use drawer::{Drawer, SidePanel};
pub use field::Field;
pub use file_button::FileButton;
pub use glyph::Glyph;
pub use icon::Icon;
pub use id::unique_id;
pub use input::{Input, SearchInput, Select, SelectOption, Textarea};
pub use log::LogList;
pub use menu::{Menu, MenuItem, MenuSeparator};
pub use page_header::PageHeader;
pub use percent_bar::PercentBar;
pub use prose::prose;
pub use request_id::RequestId;
pub use ring::Ring;
pub use sidebar::NavItem;
pub use size::use_size;
pub use skeleton::{RefetchBar, Skeleton, SkeletonRows};
pub use state::{EmptyState, ErrorState};
pub use table::{Cell, HeaderCell, Row, Sort, SortHeader, Table};
pub use tabs::{TabPanel, Tabs};
pub use theme::{Theme, provide_theme, use_theme};
pub use toast::{ToastHost, Toasts, provide_toasts, use_toasts};
pub use toggle::{Checkbox, Switch};
pub use tooltip::Tooltip;
pub use virtual_list::VirtualList;
pub use window::visible_rows;
