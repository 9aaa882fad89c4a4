//! `describe`: what is known of a run before any training.

use crate::{
    cli::DescribeArgs,
    error::{Error, Result},
    experiment::ExperimentConfig,
    forecast::{description::Forecast, facts::Description},
    report::{
        before::{picture, text},
        figure,
    },
    terminal::{
        context::Context,
        options::Format,
        sign::Sign,
        table::{self, Cell, Table},
    },
};
use std::path::Path;

pub(crate) fn execute(args: &DescribeArgs, context: &Context) -> Result<()> {
    let config = ExperimentConfig::load(&args.config.config, &args.config.set)?;
    if let Some(path) = &args.figure {
        check_figure(path)?;
    }
    let sign = Sign::of(&context.global, "computing what is known");
    let found = Forecast::of(&config)?;
    drop(sign);
    if let Some(path) = &args.figure {
        figure::write(path, (picture::FIGURE.render)(&found))?;
        context.say(format!("wrote {}", path.display()));
    }
    print(&found.description, context.global.format)
}

/// A figure is a PNG, whatever its file is called; a name that says otherwise would deceive.
fn check_figure(path: &Path) -> Result<()> {
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("png"))
    {
        return Ok(());
    }
    Err(Error::usage_hint(
        format!("--figure `{}` does not end with .png", path.display()),
        "figures are PNG files",
    ))
}

fn print(found: &Description, format: Format) -> Result<()> {
    let encode = || {
        serde_json::to_value(found)
            .map_err(|e| Error::Unexpected(format!("cannot encode the description: {e}")))
    };
    match format {
        Format::Text => table::print_words(&text::render(found)),
        Format::Json => table::print(&format!("{:#}\n", encode()?)),
        Format::Csv => {
            let mut rows = vec![];
            flatten("", &encode()?, &mut rows);
            let columns = vec!["key".into(), "value".into()];
            Table { columns, rows }.print(format)
        }
    }
}

/// One row a value, with a dotted key.
fn flatten(key: &str, value: &serde_json::Value, rows: &mut Vec<Vec<Cell>>) {
    let below = |name: &str| match key {
        "" => name.to_string(),
        key => format!("{key}.{name}"),
    };
    let cell = match value {
        serde_json::Value::Object(fields) => {
            return fields
                .iter()
                .for_each(|(name, value)| flatten(&below(name), value, rows));
        }
        serde_json::Value::Array(items) => {
            return items
                .iter()
                .enumerate()
                .for_each(|(i, value)| flatten(&below(&i.to_string()), value, rows));
        }
        serde_json::Value::String(text) => Cell::Text(text.clone()),
        serde_json::Value::Bool(flag) => Cell::Text(flag.to_string()),
        number => Cell::from(number.as_f64()),
    };
    rows.push(vec![Cell::Text(key.into()), cell]);
}
