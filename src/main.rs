//! Parses the command line, calls the command, and exits with its code.

use clap::Parser;
use std::process::ExitCode;
use truescore::cli::Cli;

fn main() -> ExitCode {
    ExitCode::from(truescore::run(&Cli::parse()))
}
