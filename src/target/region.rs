//! The region of highest density that holds most of a law.

use super::{Estimate, Mixture};
use crate::rng::{Purpose, Seed};
use rayon::prelude::*;

/// Cells of a panel of the line; half as many tell the numerical error.
const CELLS: usize = 32;

/// Points behind the level in more than one dimension.
const DRAWS: usize = 1 << 18;

/// How close to an end of a cell its density is taken, in parts of the cell: it may jump there.
const INSIDE: f64 = 1e-9;

/// Densities that differ by less, in nats, differ by rounding.
const ROUNDING: f64 = 1e-9;

/// All x with ln p(x) of at least a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DensestRegion {
    ln_level: f64,
    /// The fraction of the law outside. Its error is numerical, or that of the draws behind the level.
    pub(crate) outside: Estimate,
}

impl DensestRegion {
    /// The smallest such region of `law` that leaves at most the fraction `outside` out. Of a flat density that may be
    /// less. `None` where there is no density.
    pub(crate) fn of(law: &Mixture, outside: f64) -> Option<Self> {
        if !law.has_density() {
            return None;
        }
        Some(match law.dim() {
            1 => Self::on_line(law, outside),
            _ => Self::of_draws(law, outside),
        })
    }

    /// Whether a point with that ln p is outside; also where ln p is no number.
    pub(crate) fn leaves_out(&self, ln_p: f64) -> bool {
        ln_p.is_nan() || ln_p < self.ln_level - ROUNDING * (1.0 + self.ln_level.abs())
    }

    fn on_line(law: &Mixture, outside: f64) -> Self {
        let [fine, coarse] = [CELLS, CELLS / 2].map(|count| Cells::new(law, count));
        let finite = fine.ln_p.iter().flatten().filter(|l| l.is_finite());
        let ends = |(low, high): (f64, f64), l: &f64| (low.min(*l), high.max(*l));
        let (mut low, mut high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        low -= 1.0;
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            match fine.below(law, middle) <= outside {
                true => low = middle,
                false => high = middle,
            }
        }
        let value = fine.below(law, low);
        Self {
            ln_level: low,
            outside: Estimate {
                value,
                standard_error: (value - coarse.below(law, low)).abs(),
            },
        }
    }

    fn of_draws(law: &Mixture, outside: f64) -> Self {
        let draws = law.stratified_sample(DRAWS, &mut Seed(0).stream(Purpose::MonteCarlo, 8, 0));
        let rows: Vec<_> = draws.rows().collect();
        let mut ln_p: Vec<_> = rows.into_par_iter().map(|x| law.ln_pdf(x)).collect();
        ln_p.sort_by(f64::total_cmp);
        let n = ln_p.len() as f64;
        let mut found = Self {
            ln_level: ln_p[(outside * n) as usize],
            outside: Estimate::exact(0.0),
        };
        let value = ln_p.partition_point(|l| found.leaves_out(*l)) as f64 / n;
        found.outside = Estimate {
            value,
            standard_error: (value * (1.0 - value) / n).sqrt(),
        };
        found
    }
}

/// The line in cells, on each of which ln p is monotone but for little.
struct Cells {
    /// Both ends of each cell.
    ends: Vec<[f64; 2]>,
    /// ln p there.
    ln_p: Vec<[f64; 2]>,
    /// F at both ends.
    cdf: Vec<[f64; 2]>,
}

impl Cells {
    fn new(law: &Mixture, count: usize) -> Self {
        let edges = law.panel_edges();
        let of_panel = |pair: &[f64]| {
            let (low, width) = (pair[0], (pair[1] - pair[0]) / count as f64);
            let end = move |i: usize| low + width * i as f64;
            (0..count).map(|i| [end(i), end(i + 1)]).collect::<Vec<_>>()
        };
        let ends: Vec<_> = edges.windows(2).flat_map(of_panel).collect();
        let inside = |[low, high]: &[f64; 2]| {
            let step = INSIDE * (high - low);
            [law.ln_pdf(&[low + step]), law.ln_pdf(&[high - step])]
        };
        Self {
            ln_p: ends.iter().map(inside).collect(),
            cdf: ends.iter().map(|cell| cell.map(|x| law.cdf(x))).collect(),
            ends,
        }
    }

    /// The mass where ln p is below a level.
    fn below(&self, law: &Mixture, level: f64) -> f64 {
        let cells = self.ends.iter().zip(&self.ln_p).zip(&self.cdf);
        cells
            .map(
                |((ends, ln_p), cdf)| match (ln_p[0] < level, ln_p[1] < level) {
                    (true, true) => cdf[1] - cdf[0],
                    (false, false) => 0.0,
                    (starts_below, _) => {
                        let part = (level - ln_p[0]) / (ln_p[1] - ln_p[0]);
                        // From where there is no density the level is crossed at once.
                        let part = if part.is_finite() { part } else { 0.0 };
                        let at = law.cdf(ends[0] + part.clamp(0.0, 1.0) * (ends[1] - ends[0]));
                        match starts_below {
                            true => at - cdf[0],
                            false => cdf[1] - at,
                        }
                    }
                },
            )
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian, UniformBox};

    fn normal(mean: Vec<f64>, std_devs: &[f64]) -> Component {
        Component::Gaussian(Gaussian::diagonal(mean, std_devs).unwrap())
    }

    #[test]
    fn of_a_normal_law_it_ends_at_the_quantiles() {
        let law = Mixture::new(vec![1.0], vec![normal(vec![2.0], &[0.5])]);
        let region = DensestRegion::of(&law, 0.01).unwrap();
        assert!((region.outside.value - 0.01).abs() < 1e-9, "{region:?}");
        // Φ⁻¹(0.995) = 2.575829.
        for (z, is_outside) in [(2.5757, false), (2.5759, true)] {
            for x in [2.0 - 0.5 * z, 2.0 + 0.5 * z] {
                assert_eq!(region.leaves_out(law.ln_pdf(&[x])), is_outside, "{x}");
            }
        }
        assert!(region.leaves_out(f64::NEG_INFINITY) && region.leaves_out(f64::NAN));
    }

    #[test]
    fn in_the_plane_it_is_an_ellipse() {
        let law = Mixture::new(vec![1.0], vec![normal(vec![0.0, 1.0], &[1.0, 3.0])]);
        let region = DensestRegion::of(&law, 0.01).unwrap();
        // χ² of two degrees exceeds −2 ln 0.01 in one case of a hundred: ln p is ln 0.01 below the peak.
        let exact = law.ln_pdf(&[0.0, 1.0]) + 0.01f64.ln();
        // d(ln fraction) = d(ln p) here: an error of 2 % of the fraction.
        assert!((region.ln_level - exact).abs() < 0.1, "{region:?} {exact}");
        let gap = (region.outside.value - 0.01).abs();
        assert!(gap < 1e-5 && region.outside.standard_error < 2e-4);
    }

    #[test]
    fn a_flat_density_leaves_nothing_out_but_what_is_beyond_its_edges() {
        let uniform = UniformBox::new(vec![2.0], vec![5.0]).unwrap();
        let law = Mixture::new(vec![1.0], vec![Component::Uniform(uniform)]);
        let region = DensestRegion::of(&law, 0.01).unwrap();
        assert!(region.outside.value < 1e-9, "{region:?}");
        assert!(!region.leaves_out(law.ln_pdf(&[2.1])) && region.leaves_out(law.ln_pdf(&[1.9])));
        // Two boxes, the lower one of 0.5 %: the region is the other, and the level is anywhere between them.
        let boxes = [(0.0, 1.0), (2.0, 3.0)]
            .map(|(low, high)| Component::Uniform(UniformBox::new(vec![low], vec![high]).unwrap()));
        let law = Mixture::new(vec![0.995, 0.005], boxes.to_vec());
        let region = DensestRegion::of(&law, 0.01).unwrap();
        assert!((region.outside.value - 0.005).abs() < 1e-6, "{region:?}");
        assert!(region.leaves_out(law.ln_pdf(&[2.5])) && !region.leaves_out(law.ln_pdf(&[0.5])));
    }
}
