//! The reverse process at chosen times.

use super::{parts::generated, process::process};
use crate::{
    evaluation::{recording::Stage, run::Evaluation},
    report::{figure::Picture, run::figures::row::RunFigure},
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "reverse.png",
    caption: "The reverse process at chosen timesteps",
    help: "The samples on their way at timestep t, in standardised units: from left to right noise becomes samples. The \
           dark lines enclose 50 % and 95 % of the exact mass at that time, which perfect samples fill.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let title = "The reverse process: noise becomes samples";
    fn points(stage: &Stage) -> &[f64] {
        &stage.reverse
    }
    let cloud = |points: &'a [f64]| generated(points, "reverse process");
    let chart = process(evaluation, title, points, cloud)?;
    Some(Picture::Chart(chart.with_shared_axes()))
}
