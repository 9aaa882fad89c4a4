//! The divergences between the law of g(X) and that of the data, by quadrature over y.

use super::branches::{Branch, Branches, UNREACHED};
use crate::target::{Estimate, Mixture, quadrature};
use rayon::prelude::*;
use std::f64::consts::FRAC_PI_2;

/// The error that is allowed on an interval, and the same of the total variation, which has kinks.
const TOLERANCE: f64 = 2e-10;
const KINK_TOLERANCE: f64 = 1e-8;

/// What of a divergence, in nats, may come from where the law is not known.
const DOUBTFUL: f64 = 1e-6;

/// What is less than this in all intervals is next to nothing.
const NEGLIGIBLE: f64 = 1e-14;

/// Most parts of an interval.
const MAX_PARTS: usize = 64;

/// Mass outside of the support of the data that makes a divergence infinite.
const OUTSIDE: f64 = 1e-12;

/// Breakpoints that are closer than this fraction of their size are one.
const CLOSEST: f64 = 1e-14;

/// Rounding, as a fraction of 1 + |value|.
const ROUNDING: f64 = 1e-12;

/// Divergences of the law P of what a sampler draws from the law Q of the data, each with its numerical
/// error.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Divergences {
    /// KL(Q ‖ P), nats; infinite where P does not reach some of Q.
    pub(super) kl_forward: Estimate,
    /// KL(P ‖ Q), nats; infinite where P has atoms, or mass outside the support of Q.
    pub(super) kl_reverse: Estimate,
    /// ½∫|p − q|.
    pub(super) total_variation: Estimate,
    /// The mass of P outside the support of Q.
    pub(super) outside: Estimate,
    /// E_P r_k for the responsibilities r_k of the components of Q.
    pub(super) mode_weights: Vec<Estimate>,
    /// What of a divergence, in nats, comes from where P is so improbable that it is not known.
    pub(super) doubtful: f64,
}

impl Divergences {
    /// Of the law that `branches` give from `data`.
    pub(super) fn new(branches: &Branches, data: &Mixture) -> Self {
        let edges = edges(branches, data);
        let over = |pair: &[f64]| {
            let interval = Interval {
                low: pair[0],
                high: pair[1],
                near: branches.over(pair[0], pair[1]),
                branches,
                data,
            };
            interval.integral()
        };
        let found: Vec<_> = edges.par_windows(2).map(over).collect();
        let zero = Integral::zero(data.weights().len());
        let mut sum = found.iter().fold(zero, |mut sum, part| {
            sum.add(part);
            sum
        });
        for (y, mass) in &branches.atoms {
            sum.add_atom(data, *y, *mass);
        }
        sum.divergences(branches)
    }
}

impl Divergences {
    /// Whether most of the error of KL(Q ‖ P) comes from where P is so improbable that it is not known.
    pub(super) fn are_doubtful(&self) -> bool {
        let Estimate {
            value,
            standard_error,
        } = self.kl_forward;
        value.is_finite() && self.doubtful > DOUBTFUL.max(0.5 * standard_error)
    }

    /// These, with errors that are `factor` times as large.
    pub(super) fn widened(mut self, factor: f64) -> Self {
        for found in [
            &mut self.kl_forward,
            &mut self.kl_reverse,
            &mut self.total_variation,
            &mut self.outside,
        ] {
            found.standard_error *= factor;
        }
        for weight in &mut self.mode_weights {
            weight.standard_error *= factor;
        }
        self
    }

    /// These, with twice their change from coarser ones as a further error: what both have in common, such
    /// as the kinks of a network, does not show in it.
    pub(super) fn beside(self, coarse: &Self) -> Self {
        let with = |fine: Estimate, coarse: Estimate| {
            let change = 2.0 * (fine.value - coarse.value).abs();
            let finite = Some(change).filter(|change| change.is_finite());
            Estimate {
                standard_error: fine.standard_error + finite.unwrap_or_default(),
                ..fine
            }
        };
        let pairs = self.mode_weights.iter().zip(&coarse.mode_weights);
        Self {
            kl_forward: with(self.kl_forward, coarse.kl_forward),
            kl_reverse: with(self.kl_reverse, coarse.kl_reverse),
            total_variation: with(self.total_variation, coarse.total_variation),
            outside: with(self.outside, coarse.outside),
            mode_weights: pairs.map(|(fine, coarse)| with(*fine, *coarse)).collect(),
            doubtful: self.doubtful,
        }
    }
}

/// Where the integrand may jump or peak.
fn edges(branches: &Branches, data: &Mixture) -> Vec<f64> {
    let mut edges = data.breakpoints();
    edges.extend(&branches.breakpoints);
    edges.sort_by(f64::total_cmp);
    edges.dedup_by(|b, a| *b - *a <= CLOSEST * a.abs().max(b.abs()));
    edges
}

/// The integrals over an interval, and how much each has changed when the interval was halved.
#[derive(Debug, Clone)]
struct Integral {
    values: Values,
    errors: Values,
}

#[derive(Debug, Clone)]
struct Values {
    kl_forward: f64,
    kl_reverse: f64,
    total_variation: f64,
    outside: f64,
    /// ∫p.
    mass: f64,
    /// The mass of Q where there is nothing of P.
    unreached: f64,
    /// What of KL(Q ‖ P), or of KL(P ‖ Q), comes from where P is so improbable that it is not known.
    doubtful: f64,
    mode_weights: Vec<f64>,
}

impl Values {
    fn zero(modes: usize) -> Self {
        Self {
            kl_forward: 0.0,
            kl_reverse: 0.0,
            total_variation: 0.0,
            outside: 0.0,
            mass: 0.0,
            unreached: 0.0,
            doubtful: 0.0,
            mode_weights: vec![0.0; modes],
        }
    }

    /// Whether an interval with these integrals may be off by all of them.
    fn is_negligible(&self) -> bool {
        let size = self.kl_forward.abs() + self.kl_reverse.abs() + self.total_variation;
        size + self.unreached + self.outside < NEGLIGIBLE
    }

    /// This and `f` of every pair of numbers.
    fn combine(&mut self, other: &Self, f: impl Fn(f64, f64) -> f64) {
        for (a, b) in [
            (&mut self.kl_forward, other.kl_forward),
            (&mut self.kl_reverse, other.kl_reverse),
            (&mut self.total_variation, other.total_variation),
            (&mut self.outside, other.outside),
            (&mut self.mass, other.mass),
            (&mut self.unreached, other.unreached),
            (&mut self.doubtful, other.doubtful),
        ] {
            *a = f(*a, b);
        }
        for (a, b) in self.mode_weights.iter_mut().zip(&other.mode_weights) {
            *a = f(*a, *b);
        }
    }

    /// Adds what a place with the densities p and q contributes.
    fn add(&mut self, data: &Mixture, y: f64, weight: f64, (ln_p, is_known): (f64, bool)) {
        let ln_q = data.ln_pdf(&[y]);
        let (p, q) = (ln_p.exp(), ln_q.exp());
        self.mass += weight * p;
        self.total_variation += 0.5 * weight * (p - q).abs();
        // −ln r − 1 + r for r the other density over this one: the same integral, and no term is
        // negative, so that a small divergence is no difference of large numbers.
        if q > 0.0 && ln_p > f64::NEG_INFINITY {
            self.kl_forward += weight * (q * (ln_q - ln_p) - q + p);
        } else {
            self.kl_forward += weight * (p - q);
            self.unreached += weight * q;
        }
        if ln_q == f64::NEG_INFINITY {
            self.outside += weight * p;
        } else if p > 0.0 {
            self.kl_reverse += weight * (p * (ln_p - ln_q) - p + q);
        } else {
            self.kl_reverse += weight * q;
        }
        if !is_known && ln_q > f64::NEG_INFINITY {
            self.doubtful += weight * p.max(q) * (ln_q - ln_p).abs();
        }
        if p > 0.0 {
            let responsibilities = data.responsibilities(&[y]).into_iter().flatten();
            for (sum, r) in self.mode_weights.iter_mut().zip(responsibilities) {
                *sum += weight * p * r;
            }
        }
    }
}

impl Integral {
    fn zero(modes: usize) -> Self {
        Self {
            values: Values::zero(modes),
            errors: Values::zero(modes),
        }
    }

    fn add(&mut self, other: &Self) {
        self.values.combine(&other.values, |a, b| a + b);
        self.errors.combine(&other.errors, |a, b| a + b);
    }

    fn add_atom(&mut self, data: &Mixture, y: f64, mass: f64) {
        self.values.mass += mass;
        self.values.total_variation += 0.5 * mass;
        // The term p of the integrand that has no logarithm.
        self.values.kl_forward += mass;
        match data.responsibilities(&[y]) {
            Some(responsibilities) => {
                let weights = self.values.mode_weights.iter_mut();
                for (sum, r) in weights.zip(responsibilities) {
                    *sum += mass * r;
                }
            }
            None => self.values.outside += mass,
        }
    }

    /// What all intervals together come to.
    fn divergences(self, branches: &Branches) -> Divergences {
        let Self { values, errors } = self;
        // Where the law does not sum to 1, what is lacking may be anywhere.
        let lacking = (values.mass - 1.0).abs() + branches.lost;
        let bounded = |value: f64, error: f64| Estimate {
            value: value.clamp(0.0, 1.0),
            standard_error: error + lacking + branches.error_of_law,
        };
        let divergence = |value: f64, error: f64| Estimate {
            value: value.max(0.0),
            standard_error: error + (lacking + ROUNDING) * (1.0 + value.abs()),
        };
        let infinite = Estimate::exact(f64::INFINITY);
        let is_unreached = values.unreached > UNREACHED || branches.lost > UNREACHED;
        let leaves = values.outside > OUTSIDE || branches.lost > OUTSIDE;
        Divergences {
            doubtful: values.doubtful,
            kl_forward: match is_unreached {
                true => infinite,
                false => divergence(
                    values.kl_forward,
                    errors.kl_forward + branches.error_of_data + values.doubtful,
                ),
            },
            kl_reverse: match leaves || !branches.atoms.is_empty() {
                true => infinite,
                false => divergence(values.kl_reverse, errors.kl_reverse + branches.error_of_law),
            },
            total_variation: bounded(values.total_variation, errors.total_variation),
            outside: bounded(values.outside, errors.outside),
            mode_weights: values
                .mode_weights
                .iter()
                .zip(&errors.mode_weights)
                .map(|(value, error)| bounded(*value, *error))
                .collect(),
        }
    }
}

/// An interval of y between two breakpoints.
struct Interval<'a> {
    low: f64,
    high: f64,
    near: Vec<&'a Branch>,
    branches: &'a Branches,
    data: &'a Mixture,
}

/// A part of an interval, and its two halves.
struct Part {
    from: f64,
    to: f64,
    halves: [Values; 2],
    integral: Integral,
}

impl Part {
    /// How many times larger the error is than an interval may have.
    fn excess(&self) -> f64 {
        let Integral { values, errors } = &self.integral;
        let size = values.kl_forward.abs().max(values.kl_reverse.abs());
        let error = errors.kl_forward.max(errors.kl_reverse);
        (error / (TOLERANCE * (1.0 + size))).max(errors.total_variation / KINK_TOLERANCE)
    }
}

impl Interval<'_> {
    /// By halving where the change is largest, until it is small or has been halved often enough.
    fn integral(&self) -> Integral {
        let whole = self.over(0.0, 1.0);
        let mut parts = vec![self.part(0.0, 1.0, whole)];
        while parts.len() < MAX_PARTS {
            let excess = |part: &Part| part.excess();
            let total: f64 = parts.iter().map(excess).sum();
            if total <= 1.0 {
                break;
            }
            let largest = |a: &usize, b: &usize| excess(&parts[*a]).total_cmp(&excess(&parts[*b]));
            let Some(i) = (0..parts.len()).max_by(largest) else {
                break;
            };
            let part = parts.swap_remove(i);
            let middle = 0.5 * (part.from + part.to);
            let [left, right] = part.halves;
            parts.push(self.part(part.from, middle, left));
            parts.push(self.part(middle, part.to, right));
        }
        let mut total = Integral::zero(self.data.weights().len());
        for part in parts {
            total.add(&part.integral);
        }
        total
    }

    /// The part from u = `from` to `to`, whose integrals without a cut are `whole`.
    fn part(&self, from: f64, to: f64, whole: Values) -> Part {
        if whole.is_negligible() {
            let zero = Values::zero(whole.mode_weights.len());
            return Part {
                from,
                to,
                halves: [zero.clone(), zero],
                integral: Integral {
                    values: whole.clone(),
                    errors: whole,
                },
            };
        }
        let middle = 0.5 * (from + to);
        let halves = [self.over(from, middle), self.over(middle, to)];
        let mut values = halves[0].clone();
        values.combine(&halves[1], |a, b| a + b);
        let mut errors = values.clone();
        errors.combine(&whole, |a, b| (a - b).abs());
        Part {
            from,
            to,
            halves,
            integral: Integral { values, errors },
        }
    }

    /// The integrals from u = `from` to `to`, where y = low + (high − low) sin²(πu/2): where a branch
    /// begins p rises as 1/√(y − low), which is smooth in u.
    fn over(&self, from: f64, to: f64) -> Values {
        let mut sums = Values::zero(self.data.weights().len());
        let width = self.high - self.low;
        for (u, weight) in quadrature::nodes(&[from, to]) {
            let (sine, cosine) = (FRAC_PI_2 * u).sin_cos();
            let y = match u < 0.5 {
                true => self.low + width * sine * sine,
                false => self.high - width * cosine * cosine,
            };
            let weight = weight * width * 2.0 * FRAC_PI_2 * sine * cosine;
            let density = self.branches.ln_density(y, &self.near);
            sums.add(self.data, y, weight, density);
        }
        sums
    }
}
