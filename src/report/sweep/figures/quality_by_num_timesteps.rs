//! The log-likelihood of the samples against the number of timesteps.

use super::{
    by_num_timesteps::chart,
    reference::{named, reference},
    row::SweepFigure,
};
use crate::{experiment::sweep::summary::Summary, figure::TRUTH_LINE, report::figure::Picture};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "quality_by_num_timesteps.png",
    caption: "The log-likelihood of the samples against the number of timesteps",
    help: "A line for each schedule: the mean over seeds of the samples' mean log-likelihood. A bar is one standard \
           deviation over seeds and a dot is one seed. The dark line is the value of perfect samples, −H(p).",
    render,
};

fn render<'a>(summary: &'a Summary) -> Option<Picture<'a>> {
    let truth = reference(summary, "log_likelihood")?.truth;
    chart(
        summary,
        "log_likelihood",
        "Sample quality against the number of timesteps",
        "mean log-likelihood of the samples (nats)",
        false,
        truth.map(|h| (h, named("−H(p) =", h), TRUTH_LINE)),
    )
}
