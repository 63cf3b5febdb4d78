use std::collections::HashMap;

use types::quality::Health;
use types::schema::{GraphColumn, GraphTable, SchemaGraph};

/// Pixels of a card's head.
pub(crate) const HEAD: f64 = 48.0;
/// Pixels of a column's row.
pub(crate) const ROW: f64 = 24.0;
/// Pixels below the last row.
const FOOT: f64 = 6.0;
/// A card shows at most so many columns; keys before others.
const ROWS_AT_MOST: usize = 24;
/// Pixels of a letter of the two faces, a little generous.
const LETTER: f64 = 7.4;

/// A table with the size of its card.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub path: String,
    pub schema: String,
    pub name: String,
    pub kind: String,
    pub row_count: Option<u64>,
    pub health: Health,
    /// The columns that the card shows, in the table's order.
    pub columns: Vec<GraphColumn>,
    /// How many columns the card leaves out.
    pub hidden: usize,
    pub width: f64,
    pub height: f64,
}

/// A foreign key between two tables, by their places in [`Model::tables`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub name: String,
    pub from: usize,
    pub to: usize,
    /// The card's row of the first column; `None` when the card leaves it out.
    pub from_row: Option<usize>,
    pub to_row: Option<usize>,
}

/// Tables and foreign keys, ready to be laid out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Sorted by path.
    pub tables: Vec<Table>,
    pub edges: Vec<Edge>,
}

fn letters(text: &str) -> f64 {
    f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX)) * LETTER
}

impl Table {
    fn new(table: &GraphTable) -> Self {
        let total = table.columns.len();
        let shown: Vec<GraphColumn> = if total <= ROWS_AT_MOST {
            table.columns.clone()
        } else {
            let keys = table.columns.iter().filter(|column| column.primary_key || column.foreign_key).count();
            let mut others = ROWS_AT_MOST.saturating_sub(keys);
            let keep = |column: &&GraphColumn| {
                let key = column.primary_key || column.foreign_key;
                if !key && others > 0 {
                    others -= 1;
                    return true;
                }
                key
            };
            table.columns.iter().filter(keep).take(ROWS_AT_MOST).cloned().collect()
        };
        let hidden = total - shown.len();
        let widest = shown
            .iter()
            .map(|column| letters(&column.name) + letters(&column.data_type) + 64.0)
            .fold(letters(&table.name) * 1.1 + 88.0, f64::max);
        let rows = shown.len() + usize::from(hidden > 0);
        let rows = f64::from(u32::try_from(rows).unwrap_or(u32::MAX));
        Self {
            path: table.path.clone(),
            schema: table.schema.clone(),
            name: table.name.clone(),
            kind: table.kind.clone(),
            row_count: table.row_count,
            health: table.health,
            hidden,
            width: widest.clamp(180.0, 340.0).round(),
            height: HEAD + rows * ROW + FOOT,
            columns: shown,
        }
    }

    fn row(&self, columns: &[String]) -> Option<usize> {
        let first = columns.first()?;
        self.columns.iter().position(|column| column.name == *first)
    }
}

impl Model {
    /// From the API's answer. Foreign keys to tables that are not in it are left out; of two tables with one path the
    /// first stays.
    #[must_use]
    pub fn new(graph: &SchemaGraph) -> Self {
        let mut tables: Vec<Table> = graph.tables.iter().map(Table::new).collect();
        tables.sort_by(|one, other| one.path.cmp(&other.path));
        tables.dedup_by(|later, earlier| later.path == earlier.path);
        let places: HashMap<&str, usize> =
            tables.iter().enumerate().map(|(index, table)| (table.path.as_str(), index)).collect();
        let mut edges: Vec<Edge> = graph
            .edges
            .iter()
            .filter_map(|edge| {
                let (from, to) = (*places.get(edge.from.as_str())?, *places.get(edge.to.as_str())?);
                Some(Edge {
                    name: edge.name.clone(),
                    from,
                    to,
                    from_row: tables[from].row(&edge.from_columns),
                    to_row: tables[to].row(&edge.to_columns),
                })
            })
            .collect();
        edges.sort_by(|one, other| (one.from, one.to, &one.name).cmp(&(other.from, other.to, &other.name)));
        Self { tables, edges }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use types::schema::GraphEdge;

    use super::*;

    /// A graph of tables with `columns` columns each and the edges between the given places.
    pub(crate) fn graph(columns: &[usize], edges: &[(usize, usize)]) -> SchemaGraph {
        let path = |index: usize| format!("public.t{index:04}");
        let tables = columns
            .iter()
            .enumerate()
            .map(|(index, count)| GraphTable {
                path: path(index),
                schema: "public".to_owned(),
                name: format!("t{index:04}"),
                kind: "table".to_owned(),
                row_count: Some(index as u64),
                health: Health::Healthy,
                columns: (0..*count)
                    .map(|column| GraphColumn {
                        name: format!("c{column}"),
                        data_type: "integer".to_owned(),
                        nullable: false,
                        primary_key: column == 0,
                        foreign_key: column == 1,
                    })
                    .collect(),
            })
            .collect();
        let edges = edges
            .iter()
            .enumerate()
            .map(|(index, (from, to))| GraphEdge {
                name: format!("fk{index}"),
                from: path(*from),
                from_columns: vec!["c1".to_owned()],
                to: path(*to),
                to_columns: vec!["c0".to_owned()],
            })
            .collect();
        SchemaGraph { tables, edges }
    }

    #[test]
    fn a_wide_table_keeps_its_keys() {
        let mut wide = graph(&[60], &[]);
        wide.tables[0].columns[59].foreign_key = true;
        let model = Model::new(&wide);
        let table = &model.tables[0];
        assert_eq!((table.columns.len(), table.hidden), (24, 36));
        assert_eq!(table.columns[23].name, "c59");
    }

    #[test]
    fn a_key_to_a_table_that_is_not_there_is_left_out() {
        let mut lonely = graph(&[2, 2], &[(0, 1)]);
        lonely.edges[0].to = "public.gone".to_owned();
        assert_eq!(Model::new(&lonely).edges, []);
    }

    #[test]
    fn the_order_of_the_answer_does_not_matter() {
        let one = graph(&[2, 3, 4], &[(0, 1), (2, 1)]);
        let mut other = one.clone();
        other.tables.reverse();
        other.edges.reverse();
        assert_eq!(Model::new(&one), Model::new(&other));
    }
}
