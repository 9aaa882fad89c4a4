//! Boxes side by side are one box.

use super::{Component, Mixture, UniformBox};

/// Densities that differ by less, relatively, are equal: weights are normalised by a rounded sum.
const EQUAL: f64 = 1e-12;

impl Mixture {
    /// The same law in as few components as are easily found, without classes. Boxes of equal density
    /// that share a side are taken together, axis by axis, until none are left.
    ///
    /// A box in cells is one box again, whose axes are independent.
    pub fn united(&self) -> Self {
        let (mut boxes, mut weights, mut components) = (vec![], vec![], vec![]);
        for (weight, component) in self.weights().iter().zip(self.components()) {
            match component {
                Component::Uniform(uniform) => boxes.push((*weight, uniform.clone())),
                other => {
                    weights.push(*weight);
                    components.push(other.clone());
                }
            }
        }
        loop {
            let before = boxes.len();
            for axis in 0..self.dim() {
                boxes = joined(boxes, axis);
            }
            if boxes.len() == before {
                break;
            }
        }
        if boxes.len() + components.len() == self.components().len() {
            // Their order, and so every draw, stays as it was.
            return self.clone().labelled(vec![]);
        }
        for (weight, uniform) in boxes {
            weights.push(weight);
            components.push(Component::Uniform(uniform));
        }
        Self::new(weights, components).labelled(vec![])
    }
}

/// Boxes with their weights, those that follow each other along one axis taken together.
fn joined(mut boxes: Vec<(f64, UniformBox)>, axis: usize) -> Vec<(f64, UniformBox)> {
    boxes.sort_by(|(_, a), (_, b)| {
        let across = |k: &usize| *k != axis;
        let ends = |b: &UniformBox, k: usize| [b.low()[k], b.high()[k], b.noise()[k]];
        let key = |b: &UniformBox| -> Vec<f64> {
            let others = (0..b.dim()).filter(across);
            others
                .flat_map(|k| ends(b, k))
                .chain([b.noise()[axis], b.low()[axis]])
                .collect()
        };
        let pairs = key(a).into_iter().zip(key(b));
        let mut orders = pairs.map(|(a, b)| a.total_cmp(&b));
        orders
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut found: Vec<(f64, UniformBox)> = vec![];
    for (weight, next) in boxes {
        let before = found.last_mut();
        match before.and_then(|(w, b)| Some((w, b.followed_by(&next, axis)?, b))) {
            Some((sum, whole, last)) if is_even(*sum, last, weight, &next, axis) => {
                *sum += weight;
                *last = whole;
            }
            _ => found.push((weight, next)),
        }
    }
    found
}

/// Whether two boxes that differ along one axis alone are equally dense.
fn is_even(w: f64, a: &UniformBox, v: f64, b: &UniformBox, axis: usize) -> bool {
    let length = |b: &UniformBox| b.high()[axis] - b.low()[axis];
    let (one, other) = (w * length(b), v * length(a));
    (one - other).abs() <= EQUAL * one
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{points::Affine, target::Gaussian};

    fn cell(low: [f64; 2], high: [f64; 2]) -> Component {
        Component::Uniform(UniformBox::new(low.to_vec(), high.to_vec()).unwrap())
    }

    /// [−1, 1] × [0, 3] in so many cells along each axis.
    fn tiled(counts: [usize; 2]) -> Mixture {
        let [across, up] = counts;
        let x = |i: usize| -1.0 + 2.0 * i as f64 / across as f64;
        let y = |j: usize| 3.0 * j as f64 / up as f64;
        let cells: Vec<_> = (0..across * up)
            .map(|k| (k % across, k / across))
            .map(|(i, j)| cell([x(i), y(j)], [x(i + 1), y(j + 1)]))
            .collect();
        Mixture::new(vec![1.0; cells.len()], cells)
    }

    #[test]
    fn a_box_in_cells_is_one_box_at_every_noise_level() {
        let affine = Affine {
            shift: vec![0.3, 1.1],
            scale: vec![0.7, 1.9],
        };
        for counts in [[3, 3], [5, 1], [1, 7], [10, 12]] {
            let tiled = tiled(counts).standardized(&affine);
            for law in [tiled.clone(), tiled.diffused(0.8, 0.6)] {
                let whole = law.united();
                assert_eq!(whole.components().len(), 1, "{counts:?}");
                assert!(whole.is_product() && whole.classes().is_empty());
                for x in [[0.1, -0.2], [-0.9, 0.9], [1.5, 0.0], [40.0, -1.0]] {
                    let (a, b) = (whole.ln_pdf(&x), law.ln_pdf(&x));
                    assert!(a == b || (a - b).abs() < 1e-10, "{counts:?} {x:?}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn only_what_is_equally_dense_and_side_by_side_is_united() {
        let gaussian = Component::Gaussian(Gaussian::diagonal(vec![0.0; 2], &[1.0; 2]).unwrap());
        let left = cell([0.0, 0.0], [1.0, 1.0]);
        for (right, weights, expected) in [
            // Beside it, of the same density.
            (cell([1.0, 0.0], [3.0, 1.0]), [1.0, 2.0], 2),
            // Less dense.
            (cell([1.0, 0.0], [3.0, 1.0]), [1.0, 1.0], 3),
            // With a gap, shifted, and over it.
            (cell([1.1, 0.0], [2.1, 1.0]), [1.0, 1.0], 3),
            (cell([1.0, 0.1], [2.0, 1.1]), [1.0, 1.0], 3),
            (cell([0.0, 0.0], [1.0, 1.0]), [1.0, 1.0], 3),
        ] {
            let components = vec![gaussian.clone(), left.clone(), right];
            let law = Mixture::new(vec![0.5, weights[0], weights[1]], components);
            let united = law.united();
            assert_eq!(united.components().len(), expected);
            for x in [[0.5, 0.5], [2.0, 0.3], [-2.0, 4.0]] {
                assert!((united.ln_pdf(&x) - law.ln_pdf(&x)).abs() < 1e-12);
            }
            assert!((united.mean(0) - law.mean(0)).abs() < 1e-12);
        }
        // A checkerboard has nothing to unite, and keeps the order of its squares.
        let board = Mixture::new(vec![1.0; 2], vec![left, cell([1.0, 1.0], [2.0, 2.0])]);
        assert_eq!(board.united().components(), board.components());
    }
}
