//! `gen-data`: draws a data set and writes it.

use crate::{
    cli::GenDataArgs,
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
    report::dataset,
    terminal::{context::Context, sign::Sign, table},
};

pub(super) fn execute(args: &GenDataArgs, context: &Context) -> Result<()> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    let directory = args
        .out
        .clone()
        .unwrap_or_else(|| Dataset::default_directory(&config));
    let sign = Sign::of(&context.global, "drawing the data");
    let dataset = Dataset::ensure(&config.data, &directory)?;
    drop(sign);
    context.notices(&dataset.notices);
    let [train, val, test] = Split::ALL.map(|split| dataset.split(split).len());
    context.say(format!(
        "{}D data: {train} train, {val} validation, {test} test points; {}",
        dataset.dim(),
        dataset::density(&dataset)
    ));
    dataset::axes(&dataset)
        .into_iter()
        .for_each(|line| context.say(line));
    if let Some(line) = dataset::classes(&dataset) {
        context.say(line);
    }
    table::print_path(context.global.format, "dataset", &directory)
}
