//! The subcommands: orchestration and progress, no mathematics.

mod advice;
mod chosen;
mod classes;
mod comparison;
mod describe;
mod draw;
mod eval;
mod evaluation;
mod exactly;
mod explain;
mod gen_data;
mod journey;
mod list;
mod moving_picture;
mod output;
mod page;
mod perfect;
mod planar;
mod plane;
mod probability;
mod progress;
mod report;
mod run_figures;
mod sample;
mod sampling_figure;
mod schema;
mod stop;
mod sweep;
mod sweep_figures;
mod threads;
mod train;
mod training;

use crate::{
    cli::{Cli, Command, Global},
    error::Result,
};

/// What every command needs to know of its surroundings.
#[derive(Debug)]
struct Context {
    global: Global,
}

impl Context {
    /// A line on stderr, unless it is to be quiet.
    fn say(&self, message: impl std::fmt::Display) {
        if !self.global.quiet {
            eprintln!("{message}");
        }
    }

    /// A line on stderr that is wanted only with `--verbose`.
    fn detail(&self, message: impl std::fmt::Display) {
        if self.global.verbose {
            eprintln!("{message}");
        }
    }

    /// A warning on stderr.
    fn warn(&self, message: impl std::fmt::Display) {
        eprintln!("warning: {message}");
    }
}

/// Executes the command of the command line.
pub fn execute(cli: &Cli) -> Result<()> {
    let context = Context {
        global: cli.global.clone(),
    };
    output::set_color(cli.global.color);
    match &cli.command {
        Command::GenData(args) => gen_data::execute(args, &context),
        Command::Train(args) => train::execute(args, &context),
        Command::Sweep(args) => sweep::execute(args, &context),
        Command::Eval(args) => eval::execute(args, &context),
        Command::Sample(args) => sample::execute(args, &context),
        Command::List(args) => list::execute(args, &context),
        Command::Describe(args) => describe::execute(args, &context),
        Command::Probability(args) => probability::execute(args, &context),
        Command::Explain(args) => explain::execute(args, &context),
        Command::Schema(args) => schema::execute(args),
    }
}
