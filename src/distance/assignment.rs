//! The assignment problem: which pairing of two sets of points costs least.

/// The pairing of `n` rows with `n` columns of least total cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assignment {
    /// The column of every row, `[n]`.
    pub column_of: Vec<usize>,
    /// A price of every row, `[n]`. Together with those of the columns it proves that no pairing costs less:
    /// no entry costs less than its two prices, and those of the pairing cost exactly that.
    pub row_prices: Vec<f64>,
    /// A price of every column, `[n]`.
    pub column_prices: Vec<f64>,
}

const FREE: usize = usize::MAX;

/// Row reductions for each row, at most.
const ROUNDS: usize = 8;

impl Assignment {
    /// Solves the problem for the row-major `[n, n]` matrix of finite costs, by shortest augmenting paths
    /// (Jonker & Volgenant 1987): two cheap reductions first, then Dijkstra's search for each row that is left.
    ///
    /// # Panics
    /// If there are not n² costs.
    pub(crate) fn least_cost(costs: &[f64], n: usize) -> Self {
        assert_eq!(costs.len(), n * n, "a square matrix of costs");
        let mut search = Search::new(costs, n);
        search.reduce_columns();
        search.reduce_rows();
        for row in 0..n {
            if search.column_of[row] == FREE {
                search.augment(row);
            }
        }
        search.finish()
    }

    /// The total cost of the pairing.
    pub(crate) fn total(&self, costs: &[f64]) -> f64 {
        let n = self.column_of.len();
        let entry = |(row, column): (usize, &usize)| costs[row * n + column];
        self.column_of.iter().enumerate().map(entry).sum()
    }
}

struct Search<'a> {
    costs: &'a [f64],
    n: usize,
    column_of: Vec<usize>,
    row_of: Vec<usize>,
    /// Prices of the columns; those of the rows follow from them.
    prices: Vec<f64>,
    /// Length of the shortest path to each column, and the row before it, in one augmentation.
    distance: Vec<f64>,
    before: Vec<usize>,
    /// The columns: those reached for good, then those still to be reached.
    order: Vec<usize>,
}

impl<'a> Search<'a> {
    fn new(costs: &'a [f64], n: usize) -> Self {
        Self {
            costs,
            n,
            column_of: vec![FREE; n],
            row_of: vec![FREE; n],
            prices: vec![0.0; n],
            distance: vec![0.0; n],
            before: vec![FREE; n],
            order: (0..n).collect(),
        }
    }

    fn row(&self, row: usize) -> &'a [f64] {
        &self.costs[row * self.n..(row + 1) * self.n]
    }

    /// Every column is priced at its cheapest row, and taken by it if that row is free.
    fn reduce_columns(&mut self) {
        let mut cheapest = vec![(f64::INFINITY, FREE); self.n];
        for row in 0..self.n {
            for (cost, best) in self.row(row).iter().zip(&mut cheapest) {
                if *cost < best.0 {
                    *best = (*cost, row);
                }
            }
        }
        for (column, (cost, row)) in cheapest.into_iter().enumerate() {
            self.prices[column] = cost;
            if self.column_of[row] == FREE {
                (self.column_of[row], self.row_of[column]) = (column, row);
            }
        }
    }

    /// Every free row takes its cheapest column, whose price falls to where the second cheapest is as
    /// good, and frees the row that had it. A few rounds serve all of them.
    fn reduce_rows(&mut self) {
        let mut waiting: Vec<_> = (0..self.n)
            .filter(|row| self.column_of[*row] == FREE)
            .collect();
        // Prices that fall by next to nothing could go on for long: the searches do the rest.
        for _ in 0..ROUNDS * self.n {
            let Some(row) = waiting.pop() else { break };
            let (mut best, mut second) = ((f64::INFINITY, FREE), f64::INFINITY);
            for (column, (cost, price)) in self.row(row).iter().zip(&self.prices).enumerate() {
                let reduced = cost - price;
                if reduced < best.0 {
                    (best, second) = ((reduced, column), best.0);
                } else if reduced < second {
                    second = reduced;
                }
            }
            let column = best.1;
            let owner = self.row_of[column];
            if second.is_finite() {
                self.prices[column] -= second - best.0;
            }
            (self.column_of[row], self.row_of[column]) = (column, row);
            if owner != FREE {
                self.column_of[owner] = FREE;
                waiting.push(owner);
            }
        }
    }

    /// Pairs `start` along the path of least reduced cost to a free column.
    fn augment(&mut self, start: usize) {
        self.distance.fill(f64::INFINITY);
        let (mut row, mut reached, mut length) = (start, 0, 0.0);
        let end = loop {
            // What leaving this row costs beyond the edge that led to it.
            let own = match self.column_of[row] {
                FREE => 0.0,
                column => self.row(row)[column] - self.prices[column],
            };
            let costs = self.row(row);
            let mut nearest = (f64::INFINITY, reached);
            for i in reached..self.n {
                let column = self.order[i];
                let through = length + (costs[column] - self.prices[column] - own);
                if through < self.distance[column] {
                    (self.distance[column], self.before[column]) = (through, row);
                }
                let distance = self.distance[column];
                // Of equally near columns a free one ends the search.
                let ends = distance == nearest.0 && self.row_of[column] == FREE;
                if distance < nearest.0 || ends {
                    nearest = (distance, i);
                }
            }
            length = nearest.0;
            let column = self.order[nearest.1];
            self.order.swap(reached, nearest.1);
            if self.row_of[column] == FREE {
                break column;
            }
            reached += 1;
            row = self.row_of[column];
        };
        for column in &self.order[..reached] {
            self.prices[*column] += self.distance[*column] - length;
        }
        let mut column = end;
        loop {
            let row = self.before[column];
            self.row_of[column] = row;
            column = std::mem::replace(&mut self.column_of[row], column);
            if row == start {
                break;
            }
        }
    }

    fn finish(self) -> Assignment {
        let own = |(row, column): (usize, &usize)| self.row(row)[*column] - self.prices[*column];
        Assignment {
            row_prices: self.column_of.iter().enumerate().map(own).collect(),
            column_of: self.column_of,
            column_prices: self.prices,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};
    use rand::RngExt;

    fn random_costs(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Seed(seed).stream(Purpose::MonteCarlo, 0, 0);
        (0..n * n).map(|_| rng.random()).collect()
    }

    /// The least cost over all pairings of the rows from `row` on with the columns that are left.
    fn by_trying_all(costs: &[f64], n: usize, row: usize, taken: usize) -> f64 {
        let rest = |column: usize| {
            costs[row * n + column] + by_trying_all(costs, n, row + 1, taken | 1 << column)
        };
        match row == n {
            true => 0.0,
            false => (0..n)
                .filter(|column| taken >> column & 1 == 0)
                .map(rest)
                .fold(f64::INFINITY, f64::min),
        }
    }

    #[test]
    fn no_pairing_of_a_few_costs_less() {
        for (n, seed) in (1..8).zip(0..) {
            let costs = random_costs(n, seed);
            let found = Assignment::least_cost(&costs, n).total(&costs);
            assert!((found - by_trying_all(&costs, n, 0, 0)).abs() < 1e-12);
        }
    }

    #[test]
    fn the_prices_prove_that_no_pairing_of_many_costs_less() {
        let n = 300;
        let costs = random_costs(n, 9);
        let found = Assignment::least_cost(&costs, n);
        let mut columns = found.column_of.clone();
        columns.sort_unstable();
        assert!(columns.into_iter().eq(0..n), "every column once");
        for (row, u) in found.row_prices.iter().enumerate() {
            for (column, v) in found.column_prices.iter().enumerate() {
                assert!(costs[row * n + column] - u - v > -1e-12);
            }
        }
        let prices: f64 = found.row_prices.iter().chain(&found.column_prices).sum();
        assert!((prices - found.total(&costs)).abs() < 1e-9);
    }

    #[test]
    fn equal_costs_are_no_obstacle() {
        let found = Assignment::least_cost(&[1.0; 25], 5);
        assert_eq!(found.total(&[1.0; 25]), 5.0);
    }

    /// `scipy.optimize.linear_sum_assignment` (scipy 1.17) on c_ij = |sin(3i + 7j + 1)| + 0.01·i·j, 6 × 6.
    #[test]
    fn it_agrees_with_another_program() {
        let n = 6;
        let cost = |k: usize| {
            let (i, j) = ((k / n) as f64, (k % n) as f64);
            (3.0 * i + 7.0 * j + 1.0).sin().abs() + 0.01 * i * j
        };
        let costs: Vec<_> = (0..n * n).map(cost).collect();
        let found = Assignment::least_cost(&costs, n);
        assert_eq!(found.column_of, [3, 2, 5, 1, 4, 0]);
        assert!((found.total(&costs) - 3.394_283_581_327_045).abs() < 1e-14);
    }
}
