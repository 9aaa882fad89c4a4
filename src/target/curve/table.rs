//! The distribution function of one coordinate of a noisy curve, in a table.

/// Cells a standard deviation of the noise.
const CELLS: f64 = 12.0;

/// Standard deviations on either side of the curve: Φ(−12) ≈ 2e-33.
const REACH: f64 = 12.0;

/// F, 1 − F and ∫F from polynomials of degree 5 that have the density's values, slopes and curvatures at
/// the ends of each cell: nine digits or more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    low: f64,
    width: f64,
    cells: Vec<Cell>,
    mean: f64,
}

/// p at low + t·width is Σ density_k t^k.
#[derive(Debug, Clone, PartialEq)]
struct Cell {
    density: [f64; 6],
    /// F at its lower end, 1 − F at its upper end, and ∫F at its lower end.
    below: f64,
    above: f64,
    integral: f64,
}

impl Table {
    /// The table of a law between `low` and `high` with Gaussian noise added, of this mean; `density_at(x, width)`
    /// is p, width·p′ and width²·p″ at x.
    pub(super) fn new(
        (low, high): (f64, f64),
        noise: f64,
        mean: f64,
        density_at: impl Fn(f64, f64) -> [f64; 3],
    ) -> Self {
        let (low, high) = (low - REACH * noise, high + REACH * noise);
        let count = ((high - low) * CELLS / noise).ceil() as usize;
        let width = (high - low) / count as f64;
        let nodes: Vec<_> = (0..=count)
            .map(|i| density_at(low + width * i as f64, width))
            .collect();
        let mut cells: Vec<_> = nodes
            .windows(2)
            .map(|pair| Cell {
                density: hermite(pair[0], pair[1]),
                below: 0.0,
                above: 0.0,
                integral: 0.0,
            })
            .collect();
        let total: f64 = cells.iter().map(|cell| cell.mass(width)).sum();
        let (mut below, mut integral) = (0.0, 0.0);
        for cell in &mut cells {
            cell.density = cell.density.map(|p| p / total);
            (cell.below, cell.integral) = (below, integral);
            integral += cell.integral_to(1.0, width);
            below += cell.mass(width);
        }
        let mut above = 0.0;
        for cell in cells.iter_mut().rev() {
            cell.above = above;
            above += cell.mass(width);
        }
        Self {
            low,
            width,
            cells,
            mean,
        }
    }

    /// The cell of `x` and where in it, or which side it is on.
    fn find(&self, x: f64) -> Result<(&Cell, f64), bool> {
        let at = (x - self.low) / self.width;
        if at < 0.0 {
            return Err(false);
        }
        let i = at as usize;
        self.cells
            .get(i)
            .map(|cell| (cell, at - i as f64))
            .ok_or(true)
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        match self.find(x) {
            Ok((cell, t)) => (cell.below + self.width * cell.mass_to(t)).clamp(0.0, 1.0),
            Err(beyond) => f64::from(u8::from(beyond)),
        }
    }

    pub(super) fn survival(&self, x: f64) -> f64 {
        match self.find(x) {
            Ok((cell, t)) => {
                let rest = self.width * (cell.mass_to(1.0) - cell.mass_to(t));
                (cell.above + rest).clamp(0.0, 1.0)
            }
            Err(beyond) => f64::from(u8::from(!beyond)),
        }
    }

    pub(super) fn cdf_integral(&self, x: f64) -> f64 {
        match self.find(x) {
            Ok((cell, t)) => (cell.integral + cell.integral_to(t, self.width)).max(0.0),
            Err(true) => x - self.mean,
            Err(false) => 0.0,
        }
    }
}

impl Cell {
    fn mass(&self, width: f64) -> f64 {
        width * self.mass_to(1.0)
    }

    /// ∫_0^t of the polynomial.
    fn mass_to(&self, t: f64) -> f64 {
        let term = |sum: f64, (k, p): (usize, &f64)| sum * t + p / (k + 1) as f64;
        t * self.density.iter().enumerate().rev().fold(0.0, term)
    }

    /// ∫F over the part of the cell up to t.
    fn integral_to(&self, t: f64, width: f64) -> f64 {
        let term = |sum: f64, (k, p): (usize, &f64)| sum * t + p / ((k + 1) * (k + 2)) as f64;
        let inner = t * t * self.density.iter().enumerate().rev().fold(0.0, term);
        width * (t * self.below + width * inner)
    }
}

/// The polynomial on [0, 1] with these values, slopes and curvatures at the ends.
fn hermite([p, m, c]: [f64; 3], [q, n, d]: [f64; 3]) -> [f64; 6] {
    let rise = q - p;
    [
        p,
        m,
        0.5 * c,
        10.0 * rise - 6.0 * m - 4.0 * n - 1.5 * c + 0.5 * d,
        -15.0 * rise + 8.0 * m + 7.0 * n + 1.5 * c - d,
        6.0 * rise - 3.0 * (m + n) - 0.5 * (c - d),
    ]
}
