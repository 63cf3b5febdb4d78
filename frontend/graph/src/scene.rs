use std::collections::HashMap;
use std::sync::Arc;

use crate::geometry::{Point, Rect};
use crate::layout;
use crate::model::Model;
use crate::route;

/// Where an arrow key leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Left,
    Right,
    Up,
    Down,
}

impl Direction {
    /// How far `to` is from `from` this way, with what lies aside counted double; `None` when it is not this way.
    fn cost(self, from: Point, to: Point) -> Option<f64> {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let (ahead, aside) = match self {
            Self::Left => (-dx, dy),
            Self::Right => (dx, dy),
            Self::Up => (-dy, dx),
            Self::Down => (dy, dx),
        };
        (ahead > 1.0).then(|| ahead + 2.0 * aside.abs())
    }
}

/// Where somebody has put cards: the upper left corner by the table's path.
pub type Moves = HashMap<String, Point>;

/// A schema laid out: where each card is, and which tables are next to which.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    model: Arc<Model>,
    rects: Vec<Rect>,
    bounds: Rect,
    places: Arc<HashMap<String, usize>>,
    /// Of each table, the places of its edges in the model.
    touching: Arc<Vec<Vec<usize>>>,
}

impl Scene {
    /// Lays out a schema.
    #[must_use]
    pub fn new(model: Model) -> Self {
        let rects = layout::lay_out(&model);
        let bounds = Rect::around(rects.iter().copied()).unwrap_or_default();
        let places =
            model.tables.iter().enumerate().map(|(index, table)| (table.path.clone(), index)).collect();
        let mut touching = vec![Vec::new(); model.tables.len()];
        for (index, edge) in model.edges.iter().enumerate() {
            touching[edge.from].push(index);
            if edge.to != edge.from {
                touching[edge.to].push(index);
            }
        }
        Self { model: Arc::new(model), rects, bounds, places: Arc::new(places), touching: Arc::new(touching) }
    }

    /// The same tables, some of them where somebody has put them; tables that are gone are passed over.
    #[must_use]
    pub fn moved(&self, moves: &Moves) -> Self {
        let mut out = self.clone();
        for (path, corner) in moves {
            if let Some(rect) = self.find(path).and_then(|table| out.rects.get_mut(table)) {
                (rect.x, rect.y) = (corner.x, corner.y);
            }
        }
        out.bounds = Rect::around(out.rects.iter().copied()).unwrap_or_default();
        out
    }

    /// What is laid out.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The cards, in the order of the model's tables.
    #[must_use]
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    /// Around all cards.
    #[must_use]
    pub fn bounds(&self) -> Rect {
        self.bounds
    }

    /// The place of a table by its path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<usize> {
        self.places.get(path).copied()
    }

    /// The card at a point of the world.
    #[must_use]
    pub fn hit(&self, at: Point) -> Option<usize> {
        self.rects.iter().position(|rect| rect.contains(at))
    }

    /// The cards that a part of the world shows, ascending.
    #[must_use]
    pub fn within(&self, view: &Rect) -> Vec<usize> {
        self.rects
            .iter()
            .enumerate()
            .filter(|(_, rect)| rect.overlaps(view))
            .map(|(index, _)| index)
            .collect()
    }

    /// The tables that a foreign key connects with this one, either way; ascending, without itself.
    #[must_use]
    pub fn neighbours(&self, table: usize) -> Vec<usize> {
        let edges = self.touching.get(table).into_iter().flatten();
        let mut out: Vec<usize> = edges
            .map(|edge| &self.model.edges[*edge])
            .map(|edge| if edge.from == table { edge.to } else { edge.from })
            .filter(|other| *other != table)
            .collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The table that an arrow key leads to: the nearest connected one that way, else the nearest of all that way.
    #[must_use]
    pub fn step(&self, from: usize, direction: Direction) -> Option<usize> {
        let here = self.rects.get(from)?.centre();
        let nearest = |candidates: &mut dyn Iterator<Item = usize>| {
            candidates
                .filter(|other| *other != from)
                .filter_map(|other| Some((direction.cost(here, self.rects[other].centre())?, other)))
                .min_by(|one, other| one.0.total_cmp(&other.0))
                .map(|(_, other)| other)
        };
        nearest(&mut self.neighbours(from).into_iter()).or_else(|| nearest(&mut (0..self.rects.len())))
    }

    /// The card nearest to a point of the world.
    #[must_use]
    pub fn nearest(&self, at: Point) -> Option<usize> {
        let distance = |rect: &Rect| {
            let centre = rect.centre();
            (centre.x - at.x).hypot(centre.y - at.y)
        };
        (0..self.rects.len())
            .min_by(|one, other| distance(&self.rects[*one]).total_cmp(&distance(&self.rects[*other])))
    }

    /// The SVG path data of all edges.
    #[must_use]
    pub fn edges_path(&self) -> String {
        self.path_of(0..self.model.edges.len())
    }

    /// The SVG path data of the edges of one table.
    #[must_use]
    pub fn edges_path_of(&self, table: usize) -> String {
        self.path_of(self.touching.get(table).into_iter().flatten().copied())
    }

    fn path_of(&self, edges: impl Iterator<Item = usize>) -> String {
        edges
            .filter_map(|edge| self.model.edges.get(edge))
            .map(|edge| route::path(edge, &self.model.tables, &self.rects))
            .collect()
    }

    /// A table in words, for assistive technology.
    #[must_use]
    pub fn sentence(&self, table: usize) -> String {
        let Some(one) = self.model.tables.get(table) else { return String::new() };
        let named = |wanted: &dyn Fn(&crate::model::Edge) -> Option<usize>| -> Vec<&str> {
            let mut names: Vec<&str> = self.touching[table]
                .iter()
                .filter_map(|edge| wanted(&self.model.edges[*edge]))
                .map(|other| self.model.tables[other].name.as_str())
                .collect();
            names.sort_unstable();
            names.dedup();
            names
        };
        let parents = named(&|edge| (edge.from == table).then_some(edge.to));
        let children = named(&|edge| (edge.to == table).then_some(edge.from));
        let mut out =
            format!("{}, {} columns, {}", one.path, one.columns.len() + one.hidden, one.health.as_str());
        if !parents.is_empty() {
            out.push_str(&format!("; refers to {}", parents.join(", ")));
        }
        if !children.is_empty() {
            out.push_str(&format!("; referred to by {}", children.join(", ")));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::graph;

    /// 0 and 1 refer to 2; 3 stands alone.
    fn scene() -> Scene {
        Scene::new(Model::new(&graph(&[3, 3, 3, 3], &[(0, 2), (1, 2), (2, 2)])))
    }

    #[test]
    fn a_card_is_found_where_it_stands() {
        let scene = scene();
        for (index, rect) in scene.rects().iter().enumerate() {
            assert_eq!(scene.hit(rect.centre()), Some(index));
            assert_eq!(scene.nearest(rect.centre()), Some(index));
            assert!(scene.within(rect).contains(&index));
        }
        assert_eq!(scene.hit(Point { x: -50.0, y: -50.0 }), None);
        assert_eq!(scene.within(&scene.bounds()).len(), 4);
    }

    #[test]
    fn a_moved_card_takes_its_edges_along_and_the_others_stay() {
        let scene = scene();
        let corner = Point { x: -900.0, y: 40.0 };
        let moved = scene.moved(&Moves::from([
            ("public.t0000".to_owned(), corner),
            ("public.gone".to_owned(), Point::default()),
        ]));
        assert_eq!((moved.rects()[0].x, moved.rects()[0].y), (corner.x, corner.y));
        assert_eq!(moved.rects()[1..], scene.rects()[1..]);
        assert!((moved.bounds().x - corner.x).abs() < 1e-9);
        assert_ne!(moved.edges_path_of(0), scene.edges_path_of(0));
    }

    #[test]
    fn neighbours_are_those_a_key_connects() {
        let scene = scene();
        assert_eq!(scene.neighbours(2), [0, 1]);
        assert_eq!(scene.neighbours(0), [2]);
        assert_eq!(scene.neighbours(3), [] as [usize; 0]);
        assert_eq!(scene.neighbours(99), [] as [usize; 0]);
    }

    #[test]
    fn an_arrow_prefers_a_connected_table() {
        let scene = scene();
        assert_eq!(scene.step(0, Direction::Left), Some(2));
        assert!(scene.step(2, Direction::Right).is_some_and(|to| to < 2));
        assert_eq!(scene.step(3, Direction::Right), None);
        assert!(scene.step(3, Direction::Left).is_some());
    }

    #[test]
    fn a_table_is_told_with_its_relations() {
        let scene = scene();
        assert_eq!(scene.sentence(0), "public.t0000, 3 columns, healthy; refers to t0002");
        assert_eq!(
            scene.sentence(2),
            "public.t0002, 3 columns, healthy; refers to t0002; referred to by t0000, t0001, t0002"
        );
    }

    #[test]
    fn every_edge_is_drawn_once() {
        let scene = scene();
        assert_eq!(scene.edges_path().matches('C').count(), 3);
        assert_eq!(scene.edges_path_of(2).matches('C').count(), 3);
        assert_eq!(scene.edges_path_of(0).matches('C').count(), 1);
    }
}
