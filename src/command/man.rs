//! `man`: the manual pages.

use crate::{
    cli::{Cli, ManArgs},
    error::{Error, Result},
    experiment::files,
    terminal::{context::Context, table},
};
use clap::CommandFactory;
use clap_mangen::Man;

pub(super) fn execute(args: &ManArgs, context: &Context) -> Result<()> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = &args.out else {
        return table::print(&page(command)?);
    };
    files::create_dir(directory)?;
    let subcommands: Vec<_> = command.get_subcommands().cloned().collect();
    files::write_atomic(&directory.join("truescore.1"), page(command)?.as_bytes())?;
    for sub in subcommands
        .into_iter()
        .filter(|sub| sub.get_name() != "help")
    {
        let name = format!("truescore-{}", sub.get_name());
        let path = directory.join(format!("{name}.1"));
        files::write_atomic(&path, page(sub)?.as_bytes())?;
    }
    table::print_path(context.global.format, "man", directory)
}

/// One page in roff.
fn page(command: clap::Command) -> Result<String> {
    let mut roff = vec![];
    Man::new(command)
        .render(&mut roff)
        .map_err(|e| Error::Unexpected(format!("cannot write the manual page: {e}")))?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}
