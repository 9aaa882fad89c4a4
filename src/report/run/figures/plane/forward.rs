//! The forward process at chosen times.

use super::{parts::data, process::process};
use crate::{
    evaluation::{recording::Stage, run::Evaluation},
    report::{figure::Picture, run::figures::row::RunFigure},
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "forward.png",
    caption: "The forward process at chosen timesteps",
    help: "Test points with the noise of timestep t, in standardised units: from left to right data become noise. The \
           dark lines enclose 50 % and 95 % of the exact mass, where the density is known.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let title = "The forward process: data become noise";
    fn points(stage: &Stage) -> &[f64] {
        &stage.forward
    }
    let cloud = |points: &'a [f64]| data(points, "test points, noised");
    let mut chart = process(evaluation, title, points, cloud)?;
    // The stages were seen on the way back.
    chart.panels.reverse();
    Some(Picture::Chart(chart.with_shared_axes()))
}
