//! Numbers into text.

/// A number with four significant digits, without an exponent where it is readable so.
pub(crate) fn significant(x: f64) -> String {
    with_digits(x, 4)
}

/// A number with `digits` significant digits; whole numbers as they are.
pub(crate) fn with_digits(x: f64, digits: i32) -> String {
    if x == 0.0 || !x.is_finite() {
        return x.to_string();
    }
    if x.fract() == 0.0 && x.abs() < 1e6 {
        return format!("{x}");
    }
    let magnitude = x.abs().log10().floor() as i32;
    if (-4..6).contains(&magnitude) {
        format!("{x:.*}", (digits - 1 - magnitude).max(0) as usize)
    } else {
        format!("{x:.*e}", digits as usize - 1)
    }
}

/// A number, or 0 where it is nothing but rounding beside `scale`.
pub(crate) fn without_rounding(x: f64, scale: f64) -> f64 {
    match x.abs() <= 1e-12 * scale.abs() {
        true => 0.0,
        false => x,
    }
}

/// Below this a number of order 1 is rounding.
const ROUNDING: f64 = 1e-9;

/// A size in a sentence for a reader: nobody compares what is less than rounding.
pub(crate) fn above_rounding(size: f64) -> String {
    match (0.0..ROUNDING).contains(&size) {
        true => "less than 1e-9".into(),
        false => significant(size),
    }
}

/// A time in words: whole if it is.
pub(crate) fn written(t: f64) -> String {
    match t.fract() == 0.0 {
        true => format!("{t}"),
        false => format!("{t:.3}"),
    }
}

/// Significant digits of a number in a legend.
const LEGEND_DIGITS: i32 = 4;

/// Decimal exponents of numbers that are short in full.
const SHORT: std::ops::Range<i32> = -4..6;

/// The label of a linear tick: as many decimals as the distance `step` between ticks needs.
///
/// `largest` is the largest magnitude on the axis; it decides for all its labels whether they are scientific.
pub(crate) fn linear_tick(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    if (1e-3..1e6).contains(&largest) {
        return with_minus(format!("{value:.*}", decimals(step)));
    }
    let exponent = exponent(largest);
    let unit = 10_f64.powi(exponent);
    let mantissa = format!("{:.*}", decimals(step / unit), value / unit);
    with_minus(format!("{mantissa}e{exponent}"))
}

/// How all numbers of one axis are written, so that no axis mixes `0.01` and `1e-3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Notation {
    /// `0.001`, `2000`.
    Full,
    /// `1e-3`, `2e3`.
    Exponent,
}

impl Notation {
    /// In full where that is short for all of these numbers.
    pub(crate) fn of(values: &[f64]) -> Self {
        let has_size = |value: &&f64| value.is_finite() && **value != 0.0;
        let is_short = |value: &f64| SHORT.contains(&exponent(*value));
        match values.iter().filter(has_size).all(is_short) {
            true => Self::Full,
            false => Self::Exponent,
        }
    }

    /// A number in four significant digits, without trailing zeros; `–` if not finite.
    pub(crate) fn write(self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        if value == 0.0 {
            return "0".to_owned();
        }
        let exponent = exponent(value);
        match self {
            Self::Full => {
                let decimals = usize::try_from(LEGEND_DIGITS - 1 - exponent).unwrap_or(0);
                with_minus(trimmed(format!("{value:.decimals$}")))
            }
            Self::Exponent => {
                let mantissa = trimmed(format!("{:.3}", value / 10_f64.powi(exponent)));
                with_minus(format!("{mantissa}e{exponent}"))
            }
        }
    }
}

/// Names that are numbers, all in one notation; as they are where one is no number, or would lose digits.
pub(crate) fn alike(names: &[String]) -> Vec<String> {
    let numbers: Option<Vec<f64>> = names.iter().map(|name| name.parse().ok()).collect();
    let written = numbers.map(|numbers| {
        let notation = Notation::of(&numbers);
        let write = |value: &f64| {
            let text = notation.write(*value);
            let read: Option<f64> = text.replace('−', "-").parse().ok();
            (read == Some(*value)).then_some(text)
        };
        numbers.iter().map(write).collect::<Option<Vec<_>>>()
    });
    written.flatten().unwrap_or_else(|| names.to_vec())
}

/// A value in four significant digits, without trailing zeros: `0.0213`, `1532`, `2.5e-7`, `–` if not finite.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    Notation::of(&[value]).write(value)
}

/// A value as far as its standard error lets it be known, that to two digits: `0.0133 ± 0.0012`.
pub(crate) fn with_error(value: f64, error: f64) -> String {
    if !(value.is_finite() && error.is_finite() && error > 0.0) {
        return number(value);
    }
    let decimals = usize::try_from(1 - exponent(error)).unwrap_or(0).min(9);
    with_minus(format!("{value:.decimals$}")) + &format!(" ± {error:.decimals$}")
}

/// `count` things, in words: `1 point`, `3 points`.
pub(crate) fn count(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Without control characters, which a terminal would obey: they are written as in a program, `\u{1b}`.
pub(crate) fn escaped(text: &str) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// At most `most` characters, the last of them `…` where more were there.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.into(),
    }
}

/// The decimal exponent of a non-zero value.
fn exponent(value: f64) -> i32 {
    // The nudge keeps 1000 from becoming 999.99... and so losing a power.
    (value.abs().log10() + 1e-12).floor() as i32
}

/// How many decimals show a multiple of `step` exactly, for steps of 1, 2, 2.5 or 5 times a power of ten.
fn decimals(step: f64) -> usize {
    (0..12)
        .find(|&n| {
            let scaled = step * 10_f64.powi(n);
            (scaled - scaled.round()).abs() < 1e-6 * scaled
        })
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(12)
}

fn trimmed(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A true minus sign in front, as wide as a plus; exponents keep the hyphen that one can copy.
fn with_minus(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_four_significant_digits() {
        for (x, text) in [
            (0.023_456, "0.02346"),
            (-1.234_56, "-1.235"),
            (1000.0, "1000"),
            (1e-7, "1.000e-7"),
            (123.456, "123.5"),
        ] {
            assert_eq!(significant(x), text);
        }
    }

    #[test]
    fn linear_ticks_share_their_decimals() {
        assert_eq!(linear_tick(0.5, 0.25, 1.0), "0.50");
        assert_eq!(linear_tick(-2.0, 1.0, 3.0), "−2");
        assert_eq!(linear_tick(1e-17, 0.1, 1.0), "0");
        assert_eq!(linear_tick(20000.0, 10000.0, 50000.0), "20000");
        assert_eq!(linear_tick(2.5e6, 5e5, 5e6), "2.5e6");
        assert_eq!(linear_tick(2e-5, 1e-5, 4e-5), "2e-5");
    }

    #[test]
    fn numbers_beside_each_other_have_one_notation() {
        let written = |values: &[f64]| {
            let notation = Notation::of(values);
            let all = values.iter().map(|value| notation.write(*value));
            all.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(written(&[1e-3, 0.01, 0.5, 1.0]), "0.001 0.01 0.5 1");
        assert_eq!(written(&[2000.0, 1e5, 0.0]), "2000 100000 0");
        assert_eq!(written(&[1e-5, 0.01, -1.0]), "1e-5 1e-2 −1e0");
        assert_eq!(written(&[1.0, 3e6]), "1e0 3e6");
        let names =
            |names: &[&str]| alike(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(names(&["1e-3", "0.01"]), ["0.001", "0.01"]);
        assert_eq!(names(&["0.00001", "0.5"]), ["1e-5", "5e-1"]);
        assert_eq!(names(&["linear", "1e-3"]), ["linear", "1e-3"]);
        assert_eq!(names(&["0.123456", "1"]), ["0.123456", "1"]);
    }

    #[test]
    fn a_value_has_the_digits_that_its_error_leaves() {
        for (value, error, text) in [
            (0.013_284, 0.001_264, "0.0133 ± 0.0013"),
            (-5.006, 0.94, "−5.01 ± 0.94"),
            (152.3, 12.0, "152 ± 12"),
            (0.25, 0.0, "0.25"),
        ] {
            assert_eq!(with_error(value, error), text);
        }
    }

    #[test]
    fn rounding_is_no_number_to_compare() {
        assert_eq!(above_rounding(8.166e-14), "less than 1e-9");
        assert_eq!(above_rounding(2.5e-7), "2.500e-7");
        assert_eq!(above_rounding(0.297), "0.2970");
        assert_eq!(above_rounding(f64::NAN), "NaN");
    }

    #[test]
    fn legend_numbers_are_short_and_honest() {
        let cases = [
            (0.02134, "0.02134"),
            (-1.532, "−1.532"),
            (1000.0, "1000"),
            (12345.6, "12346"),
            (2.5e-7, "2.5e-7"),
            (0.0, "0"),
            (f64::NAN, "–"),
        ];
        for (value, label) in cases {
            assert_eq!(number(value), label);
        }
    }
}
