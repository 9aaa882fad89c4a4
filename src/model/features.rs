//! What the network sees of x and t, computed on the host.

use super::{
    config::{InputFeatures, TimeFeatures},
    kernel::{Buffer, Frequencies},
};

/// The features of every timestep, computed once.
#[derive(Debug, Clone)]
pub(super) struct TimeTable {
    features: TimeFeatures,
    num_timesteps: usize,
    rows: Vec<f32>,
}

impl TimeTable {
    /// Features of t = 0..=T.
    pub(super) fn new(features: &TimeFeatures, num_timesteps: usize) -> Self {
        let mut table = Self {
            features: features.clone(),
            num_timesteps,
            rows: vec![],
        };
        let timesteps: Vec<_> = (0..=num_timesteps).map(|t| t as f64).collect();
        table.rows = table.at(&timesteps);
        table
    }

    /// Features of any times, one row each.
    pub(super) fn at(&self, times: &[f64]) -> Vec<f32> {
        let total = self.num_timesteps as f64;
        match &self.features {
            TimeFeatures::Raw => times.iter().map(|t| *t as f32).collect(),
            TimeFeatures::Scaled => times.iter().map(|t| (t / total) as f32).collect(),
            TimeFeatures::Sinusoidal { dim, scale } => {
                let mut rows = vec![0.0; times.len() * dim];
                Frequencies::new(*dim, *scale).features(times, &mut rows);
                rows
            }
            TimeFeatures::None => vec![],
        }
    }

    /// Number of features.
    pub(super) fn dim(&self) -> usize {
        self.features.dim()
    }

    /// Features of all timesteps, `[T + 1, dim]`.
    pub(super) fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// Features of one timestep.
    pub(super) fn row(&self, t: usize) -> &[f32] {
        &self.rows[t * self.dim()..(t + 1) * self.dim()]
    }
}

/// What the network sees of points.
#[derive(Debug, Clone)]
pub(super) enum PointFeatures {
    /// The points.
    Identity,
    /// Sines and cosines of every coordinate.
    Sinusoidal(Frequencies),
}

impl PointFeatures {
    /// The features that the configuration names.
    pub(super) fn new(features: &InputFeatures) -> Self {
        match features {
            InputFeatures::Identity => Self::Identity,
            InputFeatures::Sinusoidal { dim, scale } => {
                Self::Sinusoidal(Frequencies::new(*dim, *scale))
            }
        }
    }

    /// Writes the features of row-major points `[n, d]` into `out`, `[n, width(d)]`.
    pub(super) fn of(&self, x: &[f64], out: &mut Buffer) {
        match self {
            Self::Identity => {
                out.resize(x.len());
                out.iter_mut().zip(x).for_each(|(out, x)| *out = *x as f32);
            }
            Self::Sinusoidal(frequencies) => {
                out.resize(x.len() * frequencies.num_features());
                frequencies.features(x, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_the_features_of_each_timestep() {
        let table = TimeTable::new(&TimeFeatures::Scaled, 4);
        assert_eq!(table.rows(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(table.row(3), [0.75]);
        assert_eq!(table.at(&[2.5, 3.0]), [0.625, 0.75]);
        let sines = TimeFeatures::Sinusoidal { dim: 8, scale: 1.0 };
        let table = TimeTable::new(&sines, 4);
        assert_eq!(table.at(&[3.0]), table.row(3));
    }
}
