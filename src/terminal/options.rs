//! The options of every command: the form of results, and how much is told on the way.

use clap::{Args, ValueEnum};

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Form of the result on stdout: text, json or csv
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub format: Format,
    /// How progress is shown on stderr: auto, bar, log (a line every ten percent) or none
    #[arg(long, global = true, value_enum, default_value_t = ProgressKind::Auto, hide_possible_values = true)]
    pub progress: ProgressKind,
    /// Whether tables are coloured: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t = ColorKind::Auto, hide_possible_values = true)]
    pub color: ColorKind,
    /// Only warnings and errors on stderr
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// More on stderr
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// Form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: a path, or a table.
    Text,
    /// One JSON document.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

/// Whether the figures of an evaluation are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figures {
    /// As PNG, and the moving picture as GIF.
    Png,
    /// None.
    None,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressKind {
    /// A bar on a terminal, else lines.
    Auto,
    /// A bar.
    Bar,
    /// A line every ten percent.
    Log,
    /// Nothing.
    None,
}

/// Whether output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorKind {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}
