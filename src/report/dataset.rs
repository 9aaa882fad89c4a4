//! A data set in a few lines.

use crate::{
    experiment::{Dataset, Split},
    target::Mixture,
    text::{significant, without_rounding},
};

/// Axes and classes that are told of one by one.
const MOST_TOLD: usize = 10;

/// Whether the data has a density, and its entropy.
pub(crate) fn density(dataset: &Dataset) -> String {
    let Some(law) = &dataset.density else {
        return "no density: metrics that need one show –".into();
    };
    match law.entropy() {
        Some(entropy) => format!("entropy {:.4} nats", entropy.value),
        None => "no density without noise, since they lie on a curve: log-likelihoods show –, \
                 all noise levels t ≥ 1 have one"
            .into(),
    }
}

/// Mean, standard deviation and range of the training split along each axis, with the truth.
pub(crate) fn axes(dataset: &Dataset) -> Vec<String> {
    let line = |k: usize| {
        let x = dataset.split(Split::Train).axis(k);
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let low = x.iter().copied().fold(f64::INFINITY, f64::min);
        let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let truth = |f: &dyn Fn(&Mixture) -> f64| {
            let law = dataset.density.as_ref();
            law.map_or_else(String::new, |law| format!(" (law {})", significant(f(law))))
        };
        let name = dataset.axes.label(k);
        format!(
            "{name}: mean {}{}, standard deviation {}{}, from {} to {}",
            significant(mean),
            truth(&|law| without_rounding(law.mean(k), law.variance(k).sqrt())),
            significant(variance.sqrt()),
            truth(&|law| law.variance(k).sqrt()),
            significant(low),
            significant(high)
        )
    };
    (0..dataset.dim().min(MOST_TOLD)).map(line).collect()
}

/// The fraction of each class, where there are classes; of each component, where each is a class.
pub(crate) fn classes(dataset: &Dataset) -> Option<String> {
    let classes = dataset
        .classes
        .as_ref()
        .filter(|classes| classes.count > 1)?;
    let name = |class: usize| match &classes.names {
        Some(names) => names[class].clone(),
        None => class.to_string(),
    };
    let part = |(class, weight): (usize, &f64)| format!("{} {:.1} %", name(class), 100.0 * weight);
    let parts = classes.weights.iter().enumerate().take(MOST_TOLD).map(part);
    let more = if classes.count > MOST_TOLD {
        ", …"
    } else {
        ""
    };
    let parts = parts.collect::<Vec<_>>().join(", ");
    // A class that is one component each is there without being asked for.
    let components = dataset.density.as_ref().map(|law| law.components().len());
    let kind = match components == Some(classes.count) {
        true => "components",
        false => "classes",
    };
    Some(format!("{} {kind}: {parts}{more}", classes.count))
}
