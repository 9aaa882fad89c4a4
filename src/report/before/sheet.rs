//! A sheet of text that is written from top to bottom, and how numbers look on it.

use crate::{
    terminal::table::{Cell, Table},
    text::{significant, with_digits},
};

/// Width of a field's name.
const NAME: usize = 18;

/// A sheet that is written from top to bottom.
#[derive(Default)]
pub(crate) struct Sheet(pub(crate) String);

impl Sheet {
    pub(crate) fn heading(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text);
        self.0.push('\n');
    }

    pub(crate) fn field(&mut self, name: &str, value: &str) {
        let pad = NAME.saturating_sub(name.chars().count());
        self.0
            .push_str(&format!("  {name}{}{value}\n", " ".repeat(pad)));
    }

    pub(crate) fn table(&mut self, columns: &[&str], rows: Vec<Vec<Cell>>) {
        let columns = columns.iter().map(|name| name.to_string()).collect();
        for line in (Table { columns, rows }).as_text().lines() {
            self.0.push_str(&format!("  {line}\n"));
        }
    }
}

/// (x − shift)/scale, of all axes at once where they are alike.
pub(crate) fn affine(shift: &[f64], scale: &[f64]) -> String {
    let axis = |(shift, scale): (&f64, &f64)| {
        let sign = if *shift < 0.0 { '+' } else { '−' };
        format!("(x {sign} {}) / {}", plain(shift.abs()), plain(*scale))
    };
    let mut axes: Vec<_> = shift.iter().zip(scale).map(axis).collect();
    axes.dedup();
    axes.join(", ")
}

/// A number without zeros at its end.
pub(crate) fn plain(x: f64) -> String {
    let text = significant(x);
    match text.contains('.') && !text.contains('e') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

pub(crate) fn list(numbers: &[f64]) -> String {
    let texts: Vec<_> = numbers.iter().map(|x| plain(*x)).collect();
    match texts.as_slice() {
        [one] => one.clone(),
        texts => format!("[{}]", texts.join(", ")),
    }
}

pub(crate) fn with_unit(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(
        || "–".into(),
        |value| format!("{}{unit}", significant(value)),
    )
}

pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{} µs", with_digits(1e6 * s, 2)),
        s if s < 1.0 => format!("{} ms", with_digits(1e3 * s, 2)),
        s if s < 120.0 => format!("{} s", with_digits(s, 2)),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
