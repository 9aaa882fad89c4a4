//! The distance to the truth against a swept key.

use super::{
    by_key::{Quality, chart},
    reference::{named, of_samples, reference},
    row::SweepFigure,
};
use crate::figure::NOISE_FLOOR_LINE;

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "wasserstein_by_KEY.png",
    caption: "The distance to the truth against a swept key",
    help: "One picture for each swept key. A line is one setting of the other keys: the mean over seeds of the \
           Wasserstein-1 distance. A bar is one standard deviation over seeds and a dot is one seed. The grey dashed \
           line is the noise floor, which perfect samples show.",
    render: |summary, _| {
        let Some(metric) = summary.distance() else {
            return vec![];
        };
        let floor = reference(summary, of_samples(metric)).and_then(|value| value.noise_floor);
        let quality = Quality {
            metric,
            title: "Distance to the truth",
            y_label: match metric {
                "w1_law" => "W1 of the exact law",
                "sliced_w1" => "sliced W1 (data units)",
                "w1" => "W1 to the exact distribution",
                _ => "W1 to the test set",
            },
            log_y: true,
            reference: floor.map(|floor| {
                (
                    floor,
                    named("noise floor of the samples", floor),
                    NOISE_FLOOR_LINE,
                )
            }),
        };
        FIGURE.for_keys(summary, |key| chart(summary, key, &quality))
    },
};
