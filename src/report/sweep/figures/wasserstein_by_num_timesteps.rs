//! The distance to the truth against the number of timesteps.

use super::{
    by_num_timesteps::chart,
    reference::{named, reference},
    row::SweepFigure,
};
use crate::{
    experiment::sweep::summary::Summary, figure::NOISE_FLOOR_LINE, report::figure::Picture,
};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "wasserstein_by_num_timesteps.png",
    caption: "The distance to the truth against the number of timesteps",
    help: "A line for each schedule: the mean over seeds of the Wasserstein-1 distance. A bar is one standard deviation \
           over seeds and a dot is one seed. The grey dashed line is the noise floor, which perfect samples show.",
    render,
};

fn render<'a>(summary: &'a Summary) -> Option<Picture<'a>> {
    let (metric, y_label) = match reference(summary, "w1") {
        Some(_) => ("w1", "W1 to the exact distribution"),
        None => ("w1_test", "W1 to the test set"),
    };
    let floor = reference(summary, metric)?.noise_floor;
    chart(
        summary,
        metric,
        "Distance to the truth against the number of timesteps",
        y_label,
        true,
        floor.map(|floor| (floor, named("noise floor", floor), NOISE_FLOOR_LINE)),
    )
}
