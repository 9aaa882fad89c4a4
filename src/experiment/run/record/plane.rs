//! What an evaluation of two-dimensional data leaves of the numbers that its figures show.

use serde::{Deserialize, Serialize};

/// The numbers that exist for two-dimensional data alone.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct PlaneRecord {
    /// The samples counted in cells of the plane.
    pub cells: CellsRecord,
    /// Samples from the same noise by fewer steps, the run's own number of steps last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_steps: Vec<DrawRecord>,
    /// Disjoint sets of the samples: the same model from different noise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_noise: Vec<DrawRecord>,
    /// The mean over the axes of W1 that as many perfect samples as a draw by fewer steps has show, in the data's own
    /// units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw_noise_floor: Option<f64>,
    /// Test points noised and recovered in one step, from little noise to much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovered: Vec<RecoveryRecord>,
    /// Chosen places and how probable they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen_points: Vec<ChosenPoint>,
    /// The fraction of each class, where classes can be told apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_shares: Vec<ClassShare>,
}

/// Samples counted in square cells, against the counts that the truth expects.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct CellsRecord {
    /// Σ (count − expected)²/variance over the cells that count.
    pub chi_squared: Option<f64>,
    /// The cells that count: at least 5 samples are expected there.
    pub num_cells: usize,
    /// Cells a side.
    pub cells_a_side: usize,
}

/// Some samples, and how good they are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct DrawRecord {
    /// Steps of the sampler.
    pub num_steps: usize,
    /// How many there are.
    pub num_samples: usize,
    /// The mean over the axes of W1 to the exact law in the data's own units, if that is known.
    pub w1: Option<f64>,
    /// What as many perfect samples show of it on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_floor: Option<f64>,
    /// How many lie outside the window of the figures.
    pub outside: usize,
}

/// Points at one noise level and what is recovered of them, standardised. An rms is the root of the mean
/// square distance per axis to the original.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct RecoveryRecord {
    /// Time t in [0, T].
    pub t: f64,
    /// Of the noised points.
    pub rms_noised: Option<f64>,
    /// Of x̂0 of the denoiser.
    pub rms_estimate: Option<f64>,
    /// Of E\[x0 | x_t\], if the density is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rms_exact: Option<f64>,
    /// The largest error of a coordinate that is recovered with the noise that was added.
    pub largest_error: Option<f64>,
}

/// A place, and how probable the data and the model find it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChosenPoint {
    /// In the data's own units.
    pub at: [f64; 2],
    /// The class of a class-conditional model, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// ln p of the data there, of that class if there is one; `None` outside the support, where it is −∞.
    pub ln_p: Option<f64>,
    /// ln p of what the probability flow of the model draws, if the flow reaches the place.
    pub model_ln_p: Option<f64>,
}

/// The fraction of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassShare {
    /// Of the samples that a figure shows.
    pub samples: f64,
    /// Of the data.
    pub data: Option<f64>,
}
