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

/// A time in words: whole if it is.
pub(crate) fn written(t: f64) -> String {
    match t.fract() == 0.0 {
        true => format!("{t}"),
        false => format!("{t:.3}"),
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
}
