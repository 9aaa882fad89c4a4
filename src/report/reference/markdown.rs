//! The little Markdown that the reference pages are written in.

/// A table; a column without any text is left out, and without rows there is no table.
pub(super) fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let has_text = |i: &usize| rows.iter().any(|row| !row[*i].is_empty());
    let kept: Vec<_> = (0..columns.len()).filter(has_text).collect();
    if kept.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let cells = |row: &Vec<String>| kept.iter().map(|i| row[*i].replace('|', "\\|")).collect();
    let head = line(kept.iter().map(|i| columns[*i].to_string()).collect());
    let rule = line(kept.iter().map(|_| "---".to_string()).collect());
    let body: String = rows.iter().map(|row| line(cells(row))).collect();
    format!("{head}{rule}{body}\n")
}

/// A block of code in some language.
pub(super) fn code(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n\n", text.trim_end())
}
