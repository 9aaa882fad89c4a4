//! Parses the command line, calls the command, prints what went wrong, and exits with its code.

use clap::Parser;
use std::{error::Error, process::ExitCode};
use truescore::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match truescore::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  cause: {cause}");
                source = cause.source();
            }
            if let Some(hint) = error.hint() {
                eprintln!("  hint: {hint}");
            }
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1))
        }
    }
}
