//! What the columns of a user's table mean for the model and its metrics.

use crate::{
    experiment::{Dataset, ExperimentConfig, Split, Standardize, data::discrete},
    forecast::advice::entry::{Advice, Severity},
    text::significant,
};

/// Ratio of standard deviations from which one scale for all coordinates is too little for the smallest.
const UNEQUAL: f64 = 10.0;

/// Coordinates of a user's table that take few whole numbers.
pub(crate) fn discrete(dataset: &Dataset) -> Option<Advice> {
    if dataset.density.is_some() {
        return None;
    }
    let found = discrete::of(dataset.split(Split::Train));
    let first = found.first()?;
    let more = match found.len() {
        1 => String::new(),
        n => format!(" ({} more like it)", n - 1),
    };
    Some(Advice {
        code: "discrete_column",
        severity: Severity::Note,
        message: format!(
            "`{}`{more} takes {} whole numbers only; the model spreads a density over them, so histogram_overlap \
             depends on the bins and the model's log-likelihood has no bound",
            dataset.axes.shown(first.axis),
            first.values
        ),
        value: first.values as f64,
        set: None,
    })
}

/// Coordinates so different in scale that one standard deviation does not fit them all.
pub(crate) fn unequal_scales(config: &ExperimentConfig, dataset: &Dataset) -> Option<Advice> {
    if config.data.standardize == Standardize::PerAxis {
        return None;
    }
    let train = dataset.split(Split::Train);
    let mut spreads: Vec<(f64, usize)> = (0..train.dim())
        .map(|k| (spread(&train.axis(k)), k))
        .filter(|(spread, _)| *spread > 0.0)
        .collect();
    spreads.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (smallest, largest) = (spreads.first()?, spreads.last()?);
    let ratio = largest.0 / smallest.0;
    (ratio > UNEQUAL).then(|| Advice {
        code: "unequal_scales",
        severity: Severity::Warning,
        message: format!(
            "`{}` has a standard deviation of {}, `{}` one of {}: standardised together, the second is all but constant",
            dataset.axes.shown(largest.1),
            significant(largest.0),
            dataset.axes.shown(smallest.1),
            significant(smallest.0)
        ),
        value: ratio,
        set: Some("data.standardize=per_axis".into()),
    })
}

fn spread(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
}
