//! Where a field crosses a level: marching squares (Lorensen and Cline, 1987, in two dimensions).

use super::field::{DEEPEST, Field};
use std::collections::HashMap;

/// Parts of a cell that are looked at one by one, so that a line bends within it.
const FINER: usize = 2;

/// The lines on which a field of logarithms takes the value `level`, in the units of its window.
pub(crate) fn contour(field: &Field, level: f64) -> Vec<Vec<(f64, f64)>> {
    let grid = Grid::new(field, level);
    let mut segments: HashMap<usize, Vec<usize>> = HashMap::new();
    for row in 0..grid.rows - 1 {
        for column in 0..grid.columns - 1 {
            for [a, b] in grid.segments(column, row) {
                segments.entry(a).or_default().push(b);
                segments.entry(b).or_default().push(a);
            }
        }
    }
    let mut ends: Vec<usize> = segments.keys().copied().collect();
    // Open lines from one of their ends, then closed ones from anywhere, in an order that does not change.
    ends.sort_unstable_by_key(|edge| (segments[edge].len(), *edge));
    let mut lines = vec![];
    for start in ends {
        let mut line = vec![start];
        let mut at = start;
        while let Some(next) = segments.get_mut(&at).and_then(Vec::pop) {
            if let Some(back) = segments.get_mut(&next) {
                let found = back.iter().position(|edge| *edge == at);
                found.map(|i| back.swap_remove(i));
            }
            line.push(next);
            at = next;
        }
        if line.len() > 1 {
            lines.push(line.into_iter().map(|edge| grid.crossing(edge)).collect());
        }
    }
    lines
}

/// The field less the level, on a finer grid.
struct Grid<'a> {
    field: &'a Field,
    columns: usize,
    rows: usize,
    values: Vec<f64>,
}

impl<'a> Grid<'a> {
    fn new(field: &'a Field, level: f64) -> Self {
        let top = field
            .values
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let fine = |n: usize| (n - 1) * FINER + 1;
        let (columns, rows) = (fine(field.columns), fine(field.rows));
        let value = |i: usize| {
            let at = |i: usize| i as f64 / FINER as f64;
            let (u, v) = (at(i % columns), at(i / columns));
            field.at(u, v, |value| value.max(top - DEEPEST)) - level
        };
        Self {
            field,
            columns,
            rows,
            values: (0..columns * rows).map(value).collect(),
        }
    }

    /// The pairs of edges between which the line crosses a cell. An edge is twice its first corner, and 1 more
    /// where it goes upwards.
    fn segments(&self, column: usize, row: usize) -> impl Iterator<Item = [usize; 2]> {
        let corner = row * self.columns + column;
        // Bottom, right, top, left; each between the corner of its number and the next.
        let edges = [
            2 * corner,
            2 * (corner + 1) + 1,
            2 * (corner + self.columns),
            2 * corner + 1,
        ];
        let corners = [
            corner,
            corner + 1,
            corner + self.columns + 1,
            corner + self.columns,
        ];
        let values = corners.map(|corner| self.values[corner]);
        let is_above = values.map(|value| value > 0.0);
        let crossed: Vec<usize> = (0..4)
            .filter(|i| is_above[*i] != is_above[(i + 1) % 4])
            .map(|i| edges[i])
            .collect();
        let pairs = match crossed[..] {
            _ if values.iter().any(|value| !value.is_finite()) => [None, None],
            [a, b] => [Some([a, b]), None],
            // A saddle: its middle says which corners belong together.
            [a, b, c, d] if (values.iter().sum::<f64>() > 0.0) == is_above[0] => {
                [Some([a, b]), Some([c, d])]
            }
            [a, b, c, d] => [Some([a, d]), Some([b, c])],
            _ => [None, None],
        };
        pairs.into_iter().flatten()
    }

    /// Where the line crosses an edge, in the units of the window.
    fn crossing(&self, edge: usize) -> (f64, f64) {
        let (from, upwards) = (edge / 2, edge % 2 == 1);
        let to = from + if upwards { self.columns } else { 1 };
        let (a, b) = (self.values[from], self.values[to]);
        let part = a / (a - b);
        let (column, row) = ((from % self.columns) as f64, (from / self.columns) as f64);
        let (column, row) = match upwards {
            true => (column, row + part),
            false => (column + part, row),
        };
        let window = self.field.window;
        let along = |place: f64, (low, high): (f64, f64), cells: usize| {
            low + (high - low) * (place / FINER as f64 + 0.5) / cells as f64
        };
        (
            along(column, window.x, self.field.columns),
            along(row, window.y, self.field.rows),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::field::Window;

    const WINDOW: Window = Window {
        x: (-3.0, 3.0),
        y: (-3.0, 3.0),
    };

    fn field(value: impl Fn(f64, f64) -> f64) -> Field {
        let centers = WINDOW.centers(60, 60);
        let values = centers.chunks_exact(2).map(|x| value(x[0], x[1]));
        Field::new(WINDOW, 60, 60, values.collect())
    }

    #[test]
    fn the_line_around_a_hill_is_one_closed_circle() {
        let lines = contour(&field(|x, y| -0.5 * (x * x + y * y)), -2.0);
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(line[0], line[line.len() - 1]);
        for (x, y) in line {
            assert!((x.hypot(*y) - 2.0).abs() < 0.01, "{x} {y}");
        }
    }

    #[test]
    fn a_line_that_leaves_the_window_is_open_and_whole() {
        let lines = contour(&field(|x, _| x), 0.7);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|(x, _)| (x - 0.7).abs() < 1e-9));
        assert_eq!(lines[0].len(), 2 * 59 + 1);
    }

    #[test]
    fn two_hills_have_two_lines_and_nothing_has_none() {
        let hills = |x: f64, y: f64| {
            let hill = |at: f64| (-8.0 * ((x - at).powi(2) + y * y)).exp();
            (hill(-1.5) + hill(1.5)).ln()
        };
        assert_eq!(contour(&field(hills), -1.0).len(), 2);
        for nothing in [f64::NAN, f64::NEG_INFINITY, 0.0] {
            assert!(contour(&field(|_, _| nothing), -1.0).is_empty());
        }
    }
}
