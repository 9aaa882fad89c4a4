//! `gen-data`: draws a data set and writes it.

use crate::{
    cli::GenDataArgs,
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
    target::Mixture,
    terminal::{
        context::Context,
        table::{self},
    },
    text::significant,
};

/// Axes and classes that are told of one by one.
const MOST_TOLD: usize = 10;

pub(super) fn execute(args: &GenDataArgs, context: &Context) -> Result<()> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    let directory = args
        .out
        .clone()
        .unwrap_or_else(|| Dataset::default_directory(&config));
    let dataset = Dataset::ensure(&config.data, &directory)?;
    let [train, val, test] = Split::ALL.map(|split| dataset.split(split).len());
    context.say(format!(
        "{}D data: {train} train, {val} validation, {test} test points; {}",
        dataset.dim(),
        density(&dataset)
    ));
    axes(&dataset)
        .into_iter()
        .for_each(|line| context.say(line));
    if let Some(line) = classes(&dataset) {
        context.say(line);
    }
    table::print_path(context.global.format, "dataset", &directory)
}

fn density(dataset: &Dataset) -> String {
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
fn axes(dataset: &Dataset) -> Vec<String> {
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
        let name = if dataset.dim() == 1 {
            "x".into()
        } else {
            format!("x{}", k + 1)
        };
        format!(
            "{name}: mean {}{}, standard deviation {}{}, from {} to {}",
            significant(mean),
            truth(&|law| law.mean(k)),
            significant(variance.sqrt()),
            truth(&|law| law.variance(k).sqrt()),
            significant(low),
            significant(high)
        )
    };
    (0..dataset.dim().min(MOST_TOLD)).map(line).collect()
}

fn classes(dataset: &Dataset) -> Option<String> {
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
    Some(format!("{} classes: {parts}{more}", classes.count))
}
