//! Coordinates that take few whole numbers: they have no density that a model could learn.

use crate::points::Points;
use serde::{Deserialize, Serialize};

/// Most values of a coordinate that is called discrete.
const MOST_VALUES: usize = 30;

/// Points for each value, below which few values may be chance.
const POINTS_PER_VALUE: usize = 4;

/// A coordinate that takes few whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Discrete {
    /// Which coordinate, from 0.
    pub axis: usize,
    /// How many different values it takes.
    pub values: usize,
    /// The smallest and the largest of them.
    pub range: (f64, f64),
}

/// The discrete coordinates among those of `points`.
pub(crate) fn of(points: &Points) -> Vec<Discrete> {
    (0..points.dim())
        .filter_map(|axis| along(points, axis))
        .collect()
}

fn along(points: &Points, axis: usize) -> Option<Discrete> {
    let mut values: Vec<f64> = vec![];
    for row in points.rows() {
        let x = row[axis];
        if x.fract() != 0.0 || !x.is_finite() {
            return None;
        }
        if let Err(place) = values.binary_search_by(|value| value.total_cmp(&x)) {
            values.insert(place, x);
        }
        if values.len() > MOST_VALUES {
            return None;
        }
    }
    let enough = points.len() >= POINTS_PER_VALUE * values.len();
    (enough && !values.is_empty()).then(|| Discrete {
        axis,
        values: values.len(),
        range: (values[0], values[values.len() - 1]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_whole_numbers_are_discrete_and_nothing_else_is() {
        let column = |f: fn(usize) -> f64| (0..400).map(f).collect::<Vec<_>>();
        let columns = [
            column(|i| (i % 3) as f64 - 1.0),
            column(|i| (i % 3) as f64 + 0.5),
            column(|i| i as f64),
            column(|i| (i % 30) as f64),
            column(|i| (i % 31) as f64),
        ];
        let rows = (0..400).flat_map(|i| columns.iter().map(move |column| column[i]));
        let points = Points::new(rows.collect(), columns.len());
        let found: Vec<_> = of(&points)
            .iter()
            .map(|it| (it.axis, it.values, it.range))
            .collect();
        assert_eq!(found, [(0, 3, (-1.0, 1.0)), (3, 30, (0.0, 29.0))]);
        // Eight points say nothing of three values.
        assert_eq!(of(&Points::new(columns[0][..8].to_vec(), 1)), []);
    }
}
