//! A metric against the number of timesteps.

use super::by_setting::{BySetting, SettingSeries};
use crate::{
    experiment::sweep::summary::Summary,
    figure::{Chart, Stroke},
    report::figure::Picture,
};

/// The chart, where the number of timesteps varies.
pub(super) fn chart<'a>(
    summary: &'a Summary,
    metric: &str,
    title: &str,
    y_label: &str,
    log_y: bool,
    reference: Option<(f64, String, Stroke)>,
) -> Option<Picture<'a>> {
    if !summary.varies_num_timesteps() {
        return None;
    }
    let series = summary.by_num_timesteps(metric).into_iter();
    let shown = BySetting {
        series: series
            .map(|(label, points)| SettingSeries { label, points })
            .collect(),
        x_label: "number of timesteps T".into(),
        y_label: y_label.into(),
        log_y,
        reference,
    };
    Some(Picture::Chart(Chart {
        title: title.into(),
        subtitle: "runs at the most common value of every other setting".into(),
        panels: vec![shown.panel()],
        heights: vec![580.0],
        remarks: shown.remarks(),
        ..Chart::default()
    }))
}
