//! Where a field crosses a level: marching squares (Lorensen and Cline, 1987, in two dimensions).

use super::field::{DEEPEST, Field};
use std::collections::HashMap;

/// Places a side at which a field is looked at, about: a line bends within the cells of a coarser one.
const PLACES: usize = 280;
/// Parts of a cell that are looked at one by one, at most.
const FINEST: usize = 5;

/// The lines on which a field of logarithms takes each of some values, in the units of its window.
pub(crate) fn contours(field: &Field, levels: &[f64]) -> Vec<Vec<(f64, f64)>> {
    if levels.is_empty() {
        return vec![];
    }
    let mut grid = Grid::new(field);
    let mut lines = vec![];
    for level in levels {
        grid.subtract(*level);
        lines.extend(lines_of(&grid));
    }
    lines
}

/// The lines on which a grid is 0.
fn lines_of(grid: &Grid<'_>) -> Vec<Vec<(f64, f64)>> {
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

/// The field less a level, on a finer grid.
struct Grid<'a> {
    field: &'a Field,
    /// Parts of a cell.
    finer: usize,
    columns: usize,
    rows: usize,
    values: Vec<f64>,
    /// What has been subtracted.
    level: f64,
}

impl<'a> Grid<'a> {
    fn new(field: &'a Field) -> Self {
        let top = field
            .values
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let shown: Vec<_> = field
            .values
            .iter()
            .map(|value| value.max(top - DEEPEST))
            .collect();
        let finer = PLACES
            .div_ceil(field.columns.max(field.rows))
            .clamp(2, FINEST);
        let wide: Vec<f64> = shown
            .chunks(field.columns)
            .flat_map(|row| refined(row, finer))
            .collect();
        let columns = wide.len() / field.rows;
        let upwards: Vec<_> = (0..columns)
            .map(|column| {
                let along: Vec<_> = wide.iter().skip(column).step_by(columns).copied().collect();
                refined(&along, finer)
            })
            .collect();
        let rows = (field.rows - 1) * finer + 1;
        let place = |i: usize| upwards[i % columns][i / columns];
        Self {
            field,
            finer,
            columns,
            rows,
            values: (0..columns * rows).map(place).collect(),
            level: 0.0,
        }
    }

    /// The field less this level in place of an earlier one.
    fn subtract(&mut self, level: f64) {
        let change = level - self.level;
        self.values.iter_mut().for_each(|value| *value -= change);
        self.level = level;
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
            low + (high - low) * (place / self.finer as f64 + 0.5) / cells as f64
        };
        (
            along(column, window.x, self.field.columns),
            along(row, window.y, self.field.rows),
        )
    }
}

/// Values at even places with others between them, on cubics that are exact for parabolas (Catmull & Rom, 1974).
/// Between straight lines, a ridge as narrow as a cell is a row of beads.
fn refined(values: &[f64], finer: usize) -> Vec<f64> {
    let last = values.len() - 1;
    let at = |i: isize| match i {
        // Beyond an end, on the parabola through the three values there.
        -1 if last >= 2 => 3.0 * (values[0] - values[1]) + values[2],
        i if i as usize == last + 1 && last >= 2 => {
            3.0 * (values[last] - values[last - 1]) + values[last - 2]
        }
        i => values[i.clamp(0, last as isize) as usize],
    };
    let mut fine = Vec::with_capacity(last * finer + 1);
    for i in 0..last as isize {
        let [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for part in 0..finer {
            let s = part as f64 / finer as f64;
            let linear = c - a;
            let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
            let cube = 3.0 * (b - c) + d - a;
            fine.push(b + 0.5 * s * (linear + s * (square + s * cube)));
        }
    }
    fine.push(values[last]);
    fine
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contour(field: &Field, level: f64) -> Vec<Vec<(f64, f64)>> {
        contours(field, &[level])
    }

    #[test]
    fn lines_around_a_coarse_ridge_are_smooth() {
        // A ridge along an oblique line, 0.9 cells wide in standard deviations: ln p is a parabola across it.
        let side = 30;
        let centers = WINDOW.centers(side, side);
        let (tilt, sd) = (0.4_f64, 0.9 * 6.0 / side as f64);
        let across = |x: f64, y: f64| x * tilt.sin() - y * tilt.cos();
        let values = centers
            .chunks_exact(2)
            .map(|x| -0.5 * (across(x[0], x[1]) / sd).powi(2));
        let ridge = Field::new(WINDOW, side, side, values.collect());
        let lines = contours(&ridge, &[-0.5, -2.0]);
        assert_eq!(lines.len(), 4);
        for (i, (x, y)) in lines
            .iter()
            .enumerate()
            .flat_map(|(i, line)| line.iter().map(move |point| (i, *point)))
        {
            let reach = if i < 2 { sd } else { 2.0 * sd };
            let off = across(x, y).abs() - reach;
            assert!(off.abs() < 0.04 * sd, "{i}: {}", off / sd);
        }
    }
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
        assert_eq!(lines[0].len(), 5 * 59 + 1);
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
