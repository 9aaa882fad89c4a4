//! What a digest does not see: keys later than the first release, at their defaults.

use super::{Default, Domain, Key};
use toml::{Table, Value};

/// Takes the keys that are later than the first release out of a resolved table, wherever they have
/// their default. The digest of what is left is then the one that an earlier version finds.
pub(crate) fn remove_later_defaults(table: &mut Table, keys: &[Key]) {
    remove_defaults(table, keys, |key| key.later);
}

/// Takes out the keys that `leaves_out` names, wherever they have their default.
fn remove_defaults(table: &mut Table, keys: &[Key], leaves_out: fn(&Key) -> bool) {
    let kind = table.get("kind").and_then(Value::as_str);
    let kinds = keys
        .iter()
        .find_map(|key| key.domain.kinds().filter(|_| key.name == "kind"));
    let kinds = kinds.unwrap_or_default();
    let own = kinds.iter().find(|known| Some(known.name) == kind);
    let own = own.map_or(&[] as &[Key], |kind| kind.keys);
    for key in keys.iter().chain(own) {
        let Some(value) = table.get_mut(key.name) else {
            continue;
        };
        if leaves_out(key) && is_default(value, key) {
            table.remove(key.name);
        } else if let (Domain::Table(inner), Value::Table(below)) = (key.domain, value) {
            remove_defaults(below, inner, leaves_out);
        }
    }
}

/// Whether a resolved value is that of the key's default; a table, whether all of its values are.
fn is_default(value: &Value, key: &Key) -> bool {
    match (key.default, value) {
        (Default::Number(default), Value::Float(x)) => *x == default,
        (Default::Count(default), Value::Integer(x)) => i64::try_from(default) == Ok(*x),
        (Default::Flag(default), Value::Boolean(x)) => *x == default,
        (Default::Name(default), Value::String(x)) => x == default,
        (_, Value::Table(table)) => {
            let mut rest = table.clone();
            remove_defaults(&mut rest, key.domain.keys().unwrap_or_default(), |_| true);
            rest.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Range};
    use super::*;

    const OBJECTIVE: &[Key] = &[
        Key::kind(
            &[
                Kind::new("denoising", "As in the first release."),
                Kind::new("consistency", "Another."),
            ],
            Default::Name("denoising"),
            "What is learnt.",
        ),
        Key::flag("fast", false, "A key of the new section."),
    ];

    const KEYS: &[Key] = &[
        Key::number("old", 1.0, Range::positive(), "Of the first release."),
        Key::number("new", 1.0, Range::positive(), "A later key.").later(),
        Key::table("objective", OBJECTIVE, "A later section.").later(),
    ];

    fn without(text: &str) -> String {
        let mut table: Table = text.parse().unwrap();
        remove_later_defaults(&mut table, KEYS);
        toml::to_string(&table).unwrap()
    }

    #[test]
    fn a_later_key_counts_only_where_it_differs_from_its_default() {
        assert_eq!(without("old = 1.0\nnew = 1.0\n"), "old = 1.0\n");
        assert_eq!(without("old = 1.0\nnew = 2.0\n"), "old = 1.0\nnew = 2.0\n");
    }

    #[test]
    fn a_later_section_counts_as_a_whole() {
        let same = "[objective]\nkind = \"denoising\"\nfast = false\n";
        assert_eq!(without(same), "");
        let other = "[objective]\nkind = \"denoising\"\nfast = true\n";
        assert_eq!(without(other), other);
    }
}
