//! `fit`: a table becomes an experiment whose truth is known.

use crate::{
    cli::{Components, FitArgs, FitCovariances},
    error::{Error, Result},
    experiment::{
        config::name,
        data::fitted::{Fitted, Wanted},
        files,
    },
    report::fitted,
    terminal::{context::Context, sign::Sign, table},
};
use std::path::PathBuf;

pub(super) fn execute(args: &FitArgs, context: &Context) -> Result<()> {
    let name = name::name_from(&args.file);
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if files::holds_something(&path) {
        return Err(Error::in_use(
            format!("`{}` is there already and is not changed", path.display()),
            "name another file with --out",
        ));
    }
    let sign = Sign::of(&context.global, "fitting");
    let found = Fitted::of(&Wanted {
        file: &args.file,
        columns: &args.columns,
        components: match args.components {
            Components::Auto => None,
            Components::Number(count) => Some(count),
        },
        diagonal: args.covariances == FitCovariances::Diagonal,
        seed: args.seed,
    })?;
    drop(sign);
    context.notices(&found.notices);
    context.notices(&fitted::lines(&found));
    let text = fitted::configuration(&name, &args.file, &found);
    files::write_atomic(&path, text.as_bytes())?;
    table::print_path(context.global.format, "config", &path)
}
