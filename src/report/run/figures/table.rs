//! The table of a run's figures.

use super::{
    attribution, bound, denoiser_error, histogram, loss, loss_by_timestep, marginals,
    plane::{
        classes, density, field, forward, probability, recovered, reverse, samples, seeds, steps,
        summary, trajectories,
    },
    reverse_film,
    row::RunFigure,
    schedule, wasserstein,
};

/// Every figure of a run, in the order of its page; each says itself whether it applies.
pub(crate) const FIGURES: &[RunFigure] = &[
    histogram::FIGURE,
    attribution::FIGURE,
    loss_by_timestep::FIGURE,
    bound::FIGURE,
    denoiser_error::FIGURE,
    wasserstein::FIGURE,
    marginals::FIGURE,
    loss::FIGURE,
    samples::FIGURE,
    density::FIGURE,
    reverse_film::FIGURE,
    summary::FIGURE,
    forward::FIGURE,
    reverse::FIGURE,
    recovered::FIGURE,
    field::FIGURE,
    trajectories::FIGURE,
    seeds::FIGURE,
    steps::FIGURE,
    classes::FIGURE,
    probability::FIGURE,
    schedule::FIGURE,
];

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_is_named_once_and_explained() {
        crate::report::figure::check_words(super::FIGURES);
    }
}
