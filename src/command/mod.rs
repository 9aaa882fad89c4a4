//! The subcommands: orchestration and progress, no mathematics.

mod compare;
mod completions;
mod describe;
mod eval;
mod explain;
mod export;
mod fit;
mod gen_data;
mod init;
mod judge;
mod list;
mod man;
mod probability;
mod sample;
mod schema;
mod sweep;
mod train;

use crate::{
    cli::{Cli, Command},
    error::Result,
    terminal::{context::Context, table},
};

/// Executes the command of the command line.
pub(crate) fn execute(cli: &Cli) -> Result<()> {
    let context = Context {
        global: cli.global.clone(),
    };
    table::set_color(cli.global.color);
    match &cli.command {
        Command::GenData(args) => gen_data::execute(args, &context),
        Command::Train(args) => train::execute(args, &context),
        Command::Sweep(args) => sweep::execute(args, &context),
        Command::Eval(args) => eval::execute(args, &context),
        Command::Sample(args) => sample::execute(args, &context),
        Command::List(args) => list::execute(args, &context),
        Command::Compare(args) => compare::execute(args, &context),
        Command::Export(args) => export::execute(args, &context),
        Command::Describe(args) => describe::execute(args, &context),
        Command::Probability(args) => probability::execute(args, &context),
        Command::Judge(args) => judge::execute(args, &context),
        Command::Explain(args) => explain::execute(args, &context),
        Command::Schema(args) => schema::execute(args),
        Command::Init(args) => init::execute(args, &context),
        Command::Fit(args) => fit::execute(args, &context),
        Command::Completions(args) => completions::execute(args),
        Command::Man(args) => man::execute(args, &context),
    }
}
