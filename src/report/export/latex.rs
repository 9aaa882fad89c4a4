//! The results table in LaTeX, with booktabs.

use super::results::{Results, Value};
use crate::text::{number, with_error};

/// What the tables need in the preamble.
const HEAD: &str = "% \\usepackage{booktabs}\n";

/// The table of every law of the data.
pub(crate) fn write(all: &[Results]) -> String {
    let tables: Vec<_> = all.iter().map(table).collect();
    HEAD.to_string() + &tables.join("\n")
}

fn table(found: &Results) -> String {
    let (keys, metrics) = (found.keys.len(), found.metrics.len());
    let names = found.keys.iter().map(|key| escaped(key));
    let titles = found.metrics.iter().map(|name| escaped(name));
    let mut lines = vec![
        "\\begin{table}".to_string(),
        "\\centering".into(),
        format!("\\caption{{{}}}", escaped(&found.caption())),
        format!(
            "\\begin{{tabular}}{{{}{}}}",
            "l".repeat(keys),
            "r".repeat(1 + metrics)
        ),
        "\\toprule".into(),
        line(names.chain(["seeds".into()]).chain(titles)),
        "\\midrule".into(),
    ];
    for row in &found.rows {
        let settings = row.settings.iter().map(|value| escaped(value));
        let values = row.values.iter().map(|value| cell(*value));
        lines.push(line(settings.chain([row.seeds.to_string()]).chain(values)));
    }
    if found.floors.iter().any(Option::is_some) {
        let floors = found.floors.iter().map(|floor| match floor {
            Some(floor) => format!("${}$", mathematics(&number(*floor))),
            None => "--".into(),
        });
        lines.push("\\midrule".into());
        let name = match keys {
            0 => "noise floor".to_string(),
            _ => format!("\\multicolumn{{{}}}{{l}}{{noise floor}}", keys + 1),
        };
        lines.push(line([name].into_iter().chain(floors)));
    }
    lines.extend(["\\bottomrule", "\\end{tabular}", "\\end{table}\n"].map(String::from));
    lines.join("\n")
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" & ") + " \\\\"
}

fn cell(value: Option<Value>) -> String {
    let Some(value) = value else {
        return "--".into();
    };
    let text = match value.standard_error {
        Some(error) => with_error(value.mean, error),
        None => number(value.mean),
    };
    let text = mathematics(&text);
    match value.is_best {
        true => format!("$\\mathbf{{{text}}}$"),
        false => format!("${text}$"),
    }
}

/// A number, with or without an error, in mathematics mode.
fn mathematics(text: &str) -> String {
    let words = text
        .split(' ')
        .map(|word| match (word, word.split_once('e')) {
            ("±", _) => "\\pm".to_string(),
            (_, Some((digits, exponent))) => format!("{digits} \\times 10^{{{exponent}}}"),
            (word, None) => word.into(),
        });
    words
        .collect::<Vec<_>>()
        .join(" ")
        .replace('−', "-")
        .replace('–', "\\text{--}")
}

/// A text whose characters LaTeX takes as they are.
fn escaped(text: &str) -> String {
    let character = |c: char| match c {
        '\\' => "\\textbackslash{}".into(),
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{c}"),
        '~' => "\\textasciitilde{}".into(),
        '^' => "\\textasciicircum{}".into(),
        '–' => "--".into(),
        '±' => "$\\pm$".into(),
        '×' => "$\\times$".into(),
        '√' => "$\\surd$".into(),
        '∞' => "$\\infty$".into(),
        '−' => "$-$".into(),
        c if ('α'..='ω').contains(&c) => greek(c).into(),
        c => c.to_string(),
    };
    text.chars().map(character).collect()
}

/// The Greek letters that names of the field have.
fn greek(letter: char) -> &'static str {
    match letter {
        'α' => "$\\alpha$",
        'β' => "$\\beta$",
        'γ' => "$\\gamma$",
        'δ' => "$\\delta$",
        'ε' => "$\\varepsilon$",
        'η' => "$\\eta$",
        'λ' => "$\\lambda$",
        'μ' => "$\\mu$",
        'ρ' => "$\\rho$",
        'σ' => "$\\sigma$",
        'τ' => "$\\tau$",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::export::results::Row;

    fn value(mean: f64, is_best: bool) -> Option<Value> {
        Some(Value {
            mean,
            standard_error: Some(0.0012),
            is_best,
        })
    }

    #[test]
    fn a_table_has_its_rules_its_bold_numbers_and_its_floors() {
        let row = |name: &str, values| Row {
            settings: vec![name.into()],
            seeds: 3,
            values,
        };
        let found = Results {
            law: "50 % of A & B".into(),
            keys: vec!["num_timesteps".into()],
            metrics: vec!["w1", "excess_loss"],
            rows: vec![
                row("10", vec![value(0.0133, true), None]),
                row("a_b", vec![value(0.2, false), value(-1.0, false)]),
            ],
            floors: vec![Some(2.5e-7), None],
            is_judged: true,
        };
        let text = write(&[found]);
        for part in [
            "\\caption{Data: 50 \\% of A \\& B.",
            "\\begin{tabular}{lrrr}",
            "num\\_timesteps & seeds & w1 & excess\\_loss \\\\",
            "10 & 3 & $\\mathbf{0.0133 \\pm 0.0012}$ & -- \\\\",
            "a\\_b & 3 & $0.2000 \\pm 0.0012$ & $-1.0000 \\pm 0.0012$ \\\\",
            "\\multicolumn{2}{l}{noise floor} & $2.5 \\times 10^{-7}$ & -- \\\\",
            "\\bottomrule",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        for word in ["table", "tabular"] {
            let count = |what: &str| text.matches(&format!("\\{what}{{{word}}}")).count();
            assert_eq!(count("begin"), count("end"), "{word}");
        }
    }
}
