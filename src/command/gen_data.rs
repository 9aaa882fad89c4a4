//! `gen-data`: draws a data set and writes it.

use super::{Context, output};
use crate::{
    cli::GenDataArgs,
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
};

pub(super) fn execute(args: &GenDataArgs, context: &Context) -> Result<()> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    let directory = args
        .out
        .clone()
        .unwrap_or_else(|| Dataset::default_directory(&config));
    let dataset = Dataset::ensure(&config.data, &directory)?;
    let [train, val, test] = Split::ALL.map(|split| dataset.split(split).len());
    let density = match &dataset.density {
        Some(density) => format!("entropy {:.4} nats", density.entropy().value),
        None => "no density: metrics that need one show –".into(),
    };
    context.say(format!(
        "{}D data: {train} train, {val} validation, {test} test points; {density}",
        dataset.dim()
    ));
    output::print_path(context.global.format, "dataset", &directory)
}
