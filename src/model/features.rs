//! What the network sees of x and t, computed on the host.

use super::config::{InputFeatures, TimeFeatures};

/// Base of the geometric progression of frequencies (Vaswani et al. 2017).
const FREQUENCY_BASE: f64 = 10_000.0;

/// The features of every timestep, computed once.
#[derive(Debug, Clone)]
pub(super) struct TimeTable {
    rows: Vec<f32>,
    dim: usize,
}

impl TimeTable {
    /// Features of t = 0..=T.
    pub(super) fn new(features: &TimeFeatures, num_timesteps: usize) -> Self {
        let rows = (0..=num_timesteps).flat_map(|t| of_timestep(features, t, num_timesteps));
        Self {
            rows: rows.collect(),
            dim: features.dim(),
        }
    }

    /// Features of one timestep.
    pub(super) fn row(&self, t: usize) -> &[f32] {
        &self.rows[t * self.dim..(t + 1) * self.dim]
    }

    /// Features of a batch of timesteps, `[n, dim]`.
    pub(super) fn gather(&self, timesteps: &[usize]) -> Vec<f32> {
        timesteps
            .iter()
            .flat_map(|t| self.row(*t))
            .copied()
            .collect()
    }
}

fn of_timestep(features: &TimeFeatures, t: usize, num_timesteps: usize) -> Vec<f32> {
    match features {
        TimeFeatures::Raw => vec![t as f32],
        TimeFeatures::Scaled => vec![(t as f64 / num_timesteps as f64) as f32],
        TimeFeatures::Sinusoidal { dim, scale } => {
            let mut out = Vec::with_capacity(*dim);
            sinusoidal(scale * t as f64, *dim, &mut out);
            out
        }
        TimeFeatures::None => vec![],
    }
}

/// Features of row-major points `[n, d]`, as `[n, input_features.dim(d)]`.
pub(super) fn of_points(features: &InputFeatures, x: &[f64]) -> Vec<f32> {
    match features {
        InputFeatures::Identity => x.iter().map(|x| *x as f32).collect(),
        InputFeatures::Sinusoidal { dim, scale } => {
            let mut out = Vec::with_capacity(x.len() * dim);
            for x in x {
                sinusoidal(scale * x, *dim, &mut out);
            }
            out
        }
    }
}

/// Appends [sin(x f_i), cos(x f_i)], f_i = 10000^{−i/(dim/2 − 1)}.
fn sinusoidal(x: f64, dim: usize, out: &mut Vec<f32>) {
    let half = dim / 2;
    let phase = move |i: usize| x * (-FREQUENCY_BASE.ln() * i as f64 / (half as f64 - 1.0)).exp();
    out.extend((0..half).map(|i| phase(i).sin() as f32));
    out.extend((0..half).map(|i| phase(i).cos() as f32));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sinusoidal_features_start_at_frequency_one_and_end_at_a_ten_thousandth() {
        let mut out = vec![];
        sinusoidal(3.0, 8, &mut out);
        assert!((out[0] - 3f32.sin()).abs() < 1e-7 && (out[4] - 3f32.cos()).abs() < 1e-7);
        assert!((out[3] - 3e-4f32.sin()).abs() < 1e-10 && (out[7] - 3e-4f32.cos()).abs() < 1e-7);
    }

    #[test]
    fn a_table_holds_the_features_of_each_timestep() {
        let table = TimeTable::new(&TimeFeatures::Scaled, 4);
        assert_eq!(table.gather(&[4, 0, 1]), [1.0, 0.0, 0.25]);
    }
}
