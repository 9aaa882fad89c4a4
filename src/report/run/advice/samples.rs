//! How many samples would show an error that these do not.

use super::{against::Against, remedy::Remedy, trials::now};
use crate::experiment::{
    ExperimentConfig,
    run::record::{AttributionRecord, Blamed, EvalRecord},
};

/// More samples than this are not advised.
const MOST: f64 = 1e6;

/// W1 is seen where it is so many times what as many perfect samples show.
const SEEN: f64 = 2.0;

/// More samples, where W1 of the run is below its floor. The floor falls with the root of their number.
pub(super) fn against(
    config: &ExperimentConfig,
    record: &EvalRecord,
    found: &AttributionRecord,
) -> Vec<Against> {
    let times = SEEN * found.sample_floor / now(found).value;
    let wanted = rounded_up(record.num_samples as f64 * times.powi(2));
    if now(found).value >= found.sample_floor || wanted.is_nan() || wanted > MOST {
        return vec![];
    }
    let words = "draw more samples";
    let remedy = Remedy::new(config, words, format!("eval.num_samples={wanted}"));
    vec![Against {
        cause: Blamed::SampleSize,
        left: None,
        remedies: remedy.into_iter().collect(),
    }]
}

/// The next number with two digits.
fn rounded_up(x: f64) -> f64 {
    let unit = 10f64.powf(x.log10().floor() - 1.0).max(1.0);
    (x / unit).ceil() * unit
}
