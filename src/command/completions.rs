//! `completions`: what a shell needs to complete the command line.

use crate::{
    cli::{Cli, CompletionsArgs},
    error::Result,
    terminal::table,
};
use clap::CommandFactory;

pub(super) fn execute(args: &CompletionsArgs) -> Result<()> {
    let (mut command, mut script) = (Cli::command(), vec![]);
    clap_complete::generate(args.shell, &mut command, "truescore", &mut script);
    table::print(&String::from_utf8_lossy(&script))
}
