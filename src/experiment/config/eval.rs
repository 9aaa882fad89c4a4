//! How a run is evaluated: `[eval]`.

use crate::{
    diffusion::MAX_TIMESTEPS,
    experiment::run::checkpoint::Which,
    settings::{Default, Domain, Key, Range, Section, SettingError},
};
use serde::Serialize;

/// `[eval]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct EvalConfig {
    /// Samples to draw.
    pub num_samples: usize,
    /// Which checkpoint is evaluated.
    pub checkpoint: Which,
    /// How often every validation point is noised for the validation loss.
    pub val_draws: usize,
    /// Whether `wasserstein.png` has a logarithmic scale.
    pub log_scale: bool,
    /// Whether the law of what the sampler draws is found without samples, and its error attributed, where
    /// that can be done.
    pub exact: bool,
    /// The range of the bins of the histogram overlap, in the data's own units; that of the test split if it is
    /// absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_range: Option<(f64, f64)>,
    /// The timesteps that the figures of two-dimensional processes show; a choice of our own if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timesteps: Option<Vec<usize>>,
    /// Whether the reverse process is shown as a moving picture.
    #[serde(skip_serializing_if = "is_true")]
    pub animation: bool,
}

/// Most timesteps that may be asked for.
const MAX_SHOWN: usize = 20;

fn is_true(flag: &bool) -> bool {
    *flag
}

impl EvalConfig {
    /// The table of `[eval]`.
    pub(crate) const KEYS: &[Key] = &[
        Key::count("num_samples", 10_000, (1, 100_000_000), "Samples to draw.").unit("samples"),
        Key::choice::<Which>(
            "checkpoint",
            "last",
            "Which checkpoint of the run is evaluated.",
        ),
        Key::count(
            "val_draws",
            10,
            (1, 100_000),
            "How often every validation point is noised for the validation loss.",
        ),
        Key::flag(
            "log_scale",
            false,
            "Whether `wasserstein.png` has a logarithmic scale.",
        ),
        Key::flag(
            "exact",
            true,
            "Whether the exact law of the samples is computed and their error attributed, where that can be done.",
        ),
        Key::new(
            "overlap_range",
            Domain::List(&Domain::Number(Range::finite())),
            Default::Absent("the range of the test split"),
            "Lower and upper end of the bins of the histogram overlap.",
        )
        .unit("that of the data")
        .example("[-3.0, 3.0]"),
        Key::new(
            "timesteps",
            Domain::List(&Domain::Count(0, MAX_TIMESTEPS)),
            Default::Absent("a few timesteps, spread over the process"),
            "Timesteps that the figures of two-dimensional processes show, at most 20 of them.",
        )
        .example("[0, 25, 50]"),
        Key::flag(
            "animation",
            true,
            "Whether the reverse process is shown as a moving picture.",
        ),
    ];

    /// Reads `[eval]`, for a process of `num_timesteps` levels.
    pub(crate) fn read(mut section: Section, num_timesteps: usize) -> Result<Self, SettingError> {
        let config = Self {
            num_samples: section.count("num_samples")?,
            checkpoint: section.choice("checkpoint")?,
            val_draws: section.count("val_draws")?,
            log_scale: section.flag("log_scale")?,
            exact: section.flag("exact")?,
            overlap_range: overlap_range(&mut section)?,
            timesteps: timesteps(&mut section, num_timesteps)?,
            animation: section.flag("animation")?,
        };
        section.finish()?;
        Ok(config)
    }
}

fn overlap_range(section: &mut Section) -> Result<Option<(f64, f64)>, SettingError> {
    match section.floats("overlap_range")?.as_deref() {
        None => Ok(None),
        Some([low, high]) if low < high => Ok(Some((*low, *high))),
        Some(_) => Err(section.error("overlap_range", "is not [low, high] with low below high")),
    }
}

fn timesteps(
    section: &mut Section,
    num_timesteps: usize,
) -> Result<Option<Vec<usize>>, SettingError> {
    let range = Range::closed(0.0, num_timesteps as f64);
    let Some(given) = section.floats_within("timesteps", range)? else {
        return Ok(None);
    };
    if given.len() > MAX_SHOWN {
        let message = format!("has {} entries, at most {MAX_SHOWN}", given.len());
        return Err(section.error("timesteps", message));
    }
    if let Some(t) = given.iter().find(|t| t.fract() != 0.0) {
        return Err(section.error("timesteps", format!("has {t}, expected whole numbers")));
    }
    let mut timesteps: Vec<_> = given.into_iter().map(|t| t as usize).collect();
    timesteps.sort_unstable();
    timesteps.dedup();
    Ok(Some(timesteps))
}
