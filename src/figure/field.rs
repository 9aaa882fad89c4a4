//! Numbers over a rectangle of the plane.

/// A rectangle of the plane: what a panel shows of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// From left to right.
    pub(crate) x: (f64, f64),
    /// From bottom to top.
    pub(crate) y: (f64, f64),
}

/// One number for each cell of a grid over a window.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// What the grid covers.
    pub(crate) window: Window,
    /// Cells from left to right.
    pub(crate) columns: usize,
    /// Cells from bottom to top.
    pub(crate) rows: usize,
    /// A number a cell, `[rows, columns]`, the lowest row first.
    pub(crate) values: Vec<f64>,
}

/// Sides that differ by more are of coordinates with different units, which no common scale shows.
const MOST_OBLONG: f64 = 3.0;

impl Window {
    /// Whether both sides are about as long, so that a unit may be equally long on both axes.
    pub(crate) fn is_compact(&self) -> bool {
        let ratio = (self.y.1 - self.y.0) / (self.x.1 - self.x.0);
        (1.0 / MOST_OBLONG..=MOST_OBLONG).contains(&ratio)
    }

    /// The longer of its sides.
    pub(crate) fn side(&self) -> f64 {
        (self.x.1 - self.x.0).max(self.y.1 - self.y.0)
    }

    /// The place at these fractions of the way across and up.
    pub(crate) fn at(&self, across: f64, up: f64) -> [f64; 2] {
        let along = |(low, high): (f64, f64), part: f64| low + part * (high - low);
        [along(self.x, across), along(self.y, up)]
    }

    /// The smallest window that holds both.
    pub(crate) fn union(self, other: Self) -> Self {
        let join = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Self {
            x: join(self.x, other.x),
            y: join(self.y, other.y),
        }
    }

    /// The smallest square around the same centre that holds it.
    pub(crate) fn squared(self) -> Self {
        let half = 0.5 * self.side();
        let around =
            |(low, high): (f64, f64)| (0.5 * (low + high) - half, 0.5 * (low + high) + half);
        Self {
            x: around(self.x),
            y: around(self.y),
        }
    }

    /// The centre of a cell of a grid over the window.
    pub(crate) fn cell(
        &self,
        (column, columns): (usize, usize),
        (row, rows): (usize, usize),
    ) -> [f64; 2] {
        let at = |(low, high): (f64, f64), i: usize, n: usize| {
            low + (high - low) * (i as f64 + 0.5) / n as f64
        };
        [at(self.x, column, columns), at(self.y, row, rows)]
    }

    /// The centres of all cells of a grid, row by row from the bottom, as row-major points.
    pub(crate) fn centers(&self, columns: usize, rows: usize) -> Vec<f64> {
        (0..rows * columns)
            .flat_map(|i| self.cell((i % columns, columns), (i / columns, rows)))
            .collect()
    }

    /// The cell of a grid in which a point lies, counted as [`Field::values`] are.
    pub(crate) fn cell_of(&self, point: [f64; 2], columns: usize, rows: usize) -> Option<usize> {
        let index = |x: f64, (low, high): (f64, f64), n: usize| {
            let place = (x - low) / (high - low) * n as f64;
            (0.0..n as f64).contains(&place).then_some(place as usize)
        };
        Some(index(point[1], self.y, rows)? * columns + index(point[0], self.x, columns)?)
    }

    /// The area of one cell of a grid.
    pub(crate) fn cell_area(&self, columns: usize, rows: usize) -> f64 {
        (self.x.1 - self.x.0) * (self.y.1 - self.y.0) / (columns * rows) as f64
    }
}

impl Field {
    /// The numbers that `value` gives the cells.
    pub(crate) fn new(window: Window, columns: usize, rows: usize, values: Vec<f64>) -> Self {
        assert_eq!(values.len(), columns * rows, "one number a cell");
        Self {
            window,
            columns,
            rows,
            values,
        }
    }

    /// Of values ln p: the levels above which the given fractions of the mass lie, for regions as small
    /// as can be.
    pub(crate) fn levels(&self, parts: &[f64]) -> Vec<f64> {
        let mut sorted: Vec<f64> = self
            .values
            .iter()
            .copied()
            .filter(|v| !v.is_nan())
            .collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let Some(top) = sorted.first().copied().filter(|top| top.is_finite()) else {
            return vec![];
        };
        let total: f64 = sorted.iter().map(|v| (v - top).exp()).sum();
        let level = |part: &f64| {
            let mut mass = 0.0;
            let inside = sorted.iter().take_while(|v| {
                mass += (*v - top).exp();
                mass < part * total
            });
            let count = inside.count().min(sorted.len() - 1);
            // Between the last cell inside and the first outside, where a flat density ends.
            let next = sorted[(count + 1).min(sorted.len() - 1)].max(top - DEEPEST);
            // On a flat top any region of the size would do: its line is drawn around the whole of it.
            (0.5 * (sorted[count] + next)).min(top - FLAT)
        };
        parts.iter().map(level).collect()
    }

    /// The value at (u, v) in cells from the lower left centre, bilinear between what `clamp` makes of the values.
    pub(crate) fn at(&self, u: f64, v: f64, clamp: impl Fn(f64) -> f64) -> f64 {
        let split = |u: f64, n: usize| {
            let u = u.clamp(0.0, (n - 1) as f64);
            let i = (u as usize).min(n.saturating_sub(2));
            (i, u - i as f64, (i + 1).min(n - 1))
        };
        let (i, s, i1) = split(u, self.columns);
        let (j, t, j1) = split(v, self.rows);
        let value = |i: usize, j: usize| clamp(self.values[j * self.columns + i]);
        let [a, b, c, d] = [value(i, j), value(i1, j), value(i, j1), value(i1, j1)];
        let (low, high) = (a + s * (b - a), c + s * (d - c));
        low + t * (high - low)
    }
}

/// Logarithms so far below the largest are all the same: nothing is there.
pub(crate) const DEEPEST: f64 = 40.0;

/// How far below the highest ln p a density still counts as its flat top.
const FLAT: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Window = Window {
        x: (-3.0, 3.0),
        y: (-3.0, 3.0),
    };

    #[test]
    fn the_levels_of_a_normal_density_hold_their_mass() {
        // Inside radius r lies 1 − e^(−r²/2) of the mass, where ln p is −r²/2 below its top.
        let values = UNIT.centers(201, 201);
        let ln_p = |x: &[f64]| -0.5 * (x[0] * x[0] + x[1] * x[1]);
        let field = Field::new(UNIT, 201, 201, values.chunks_exact(2).map(ln_p).collect());
        for (part, level) in [0.5, 0.9].into_iter().zip(field.levels(&[0.5, 0.9])) {
            // What lies beyond the window, 0.5 %, is not counted.
            assert!(
                ((1.0f64 - part).ln() - level).abs() < 0.08,
                "{part} {level}"
            );
        }
    }

    #[test]
    fn points_are_counted_in_the_cell_whose_centre_is_nearest() {
        let centers = UNIT.centers(5, 4);
        for (i, x) in centers.chunks_exact(2).enumerate() {
            assert_eq!(UNIT.cell_of([x[0] + 0.3, x[1] - 0.3], 5, 4), Some(i));
        }
        assert_eq!(UNIT.cell_of([3.5, 0.0], 5, 4), None);
        assert_eq!(UNIT.cell_of([f64::NAN, 0.0], 5, 4), None);
    }

    #[test]
    fn between_centres_a_plane_stays_a_plane() {
        let window = Window {
            x: (0.0, 4.0),
            y: (0.0, 3.0),
        };
        let values = window.centers(4, 3);
        let field = Field::new(
            window,
            4,
            3,
            values.chunks_exact(2).map(|x| x[0] - 2.0 * x[1]).collect(),
        );
        assert!((field.at(1.25, 0.5, |v| v) - (1.75 - 2.0)).abs() < 1e-12);
        // Beyond the outer centres the value stays.
        assert_eq!(field.at(-1.0, 0.0, |v| v), field.values[0]);
    }
}
