//! The table of a sweep's figures.

use super::{
    attribution_by_num_timesteps, loss_vs_log_likelihood, loss_vs_w1, quality_by_num_timesteps,
    row::SweepFigure, wasserstein_by_num_timesteps,
};

/// Every figure of a sweep; each says itself whether it applies.
pub(crate) const FIGURES: &[SweepFigure] = &[
    loss_vs_log_likelihood::FIGURE,
    loss_vs_w1::FIGURE,
    quality_by_num_timesteps::FIGURE,
    wasserstein_by_num_timesteps::FIGURE,
    attribution_by_num_timesteps::FIGURE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_is_named_once_and_explained() {
        crate::report::figure::check_words(super::FIGURES);
    }
}
