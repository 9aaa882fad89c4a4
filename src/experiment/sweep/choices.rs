//! The choices of a sweep: all combinations of grids, zipped lists, random draws and seeds.

use crate::{
    experiment::sweep::{
        assignment::{Assignment, MAX_RUNS},
        random_search::{self, WholeDraws},
    },
    settings::{Default, Domain, Key, Origin, Section, Setting, SettingError, Table, Value},
};

/// A value as a table shows it: strings without quotes.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What the specification of a sweep has beside the keys of an experiment.
pub(crate) const SWEEP: &[Key] = &[Key::table(
    "sweep",
    KEYS,
    "The runs of a sweep: all combinations of its grid, zipped lists, random draws and seeds.",
)
.whole_example("[sweep]\nseeds = 3\n\n[sweep.grid]\n\"process.num_timesteps\" = [10, 100]")];

/// The table of `[sweep]`.
const KEYS: &[Key] = &[
    Key::new(
        "seeds",
        Domain::Either(&[
            Domain::Count(1, MAX_RUNS),
            Domain::List(&Domain::Count(0, i64::MAX as usize)),
        ]),
        Default::Absent("the seed of the base"),
        "The seeds of the runs, or how many seeds there are, from 0.",
    )
    .whole_example("[sweep]\nseeds = [0, 1, 2]"),
    Key::new(
        "grid",
        Domain::Either(&[Domain::Lists, Domain::List(&Domain::Lists)]),
        Default::Absent("no grid"),
        "Lists of values for dotted keys, in all combinations. Several tables are taken one after the other.",
    )
    .whole_example(
        "[sweep.grid]\n\"process.num_timesteps\" = [10, 100]\n\"process.schedule\" = [\"linear\", \"cosine\"]",
    ),
    Key::new(
        "zip",
        Domain::Either(&[Domain::Lists, Domain::List(&Domain::Lists)]),
        Default::Absent("nothing is zipped"),
        "Lists of equal length for dotted keys: the first values together, then the second ones, and so on.",
    )
    .whole_example(
        "[sweep.zip]\n\"train.batch_size\" = [64, 256]\n\"train.learning_rate\" = [0.001, 0.004]",
    ),
    Key::new(
        "random",
        Domain::Map(random_search::KEYS, &Domain::Table(random_search::DRAW)),
        Default::Absent("nothing is drawn"),
        "Random search: dotted keys, each with the distribution that its values are drawn from.",
    )
    .whole_example(random_search::EXAMPLE),
];

/// All combinations of a grid's blocks, zipped lists, random draws and seeds.
pub(crate) fn read(
    sweep: &Setting,
    whole_draws: WholeDraws,
) -> std::result::Result<Vec<Assignment>, SettingError> {
    let mut section = Section::of(sweep, "sweep".into(), KEYS)?;
    let seeds = read_seeds(&mut section)?;
    let blocks = match section.get("grid") {
        None => vec![],
        Some(setting) => tables_of(&section, "grid", setting)?,
    };
    let zip = match section.get("zip") {
        None => vec![],
        Some(setting) => tables_of(&section, "zip", setting)?,
    };
    let random = section.optional_section("random")?;
    let draws = random
        .map(|section| random_search::read(section, whole_draws))
        .transpose()?
        .unwrap_or_else(|| vec![vec![]]);

    let too_many = |section: &Section| section.error("", format!("has more than {MAX_RUNS} runs"));
    let mut places = Places::default();
    let mut grid = vec![];
    for block in &blocks {
        let lists = lists_of("grid", block)?;
        places.add("grid", &lists);
        let size = lists
            .iter()
            .try_fold(1usize, |n, (_, values)| n.checked_mul(values.len()));
        if size.is_none_or(|n| n > MAX_RUNS) {
            return Err(too_many(&section));
        }
        grid.extend(product(lists));
    }
    let mut zipped = vec![];
    for block in &zip {
        let lists = lists_of("zip", block)?;
        places.add("zip", &lists);
        zipped.extend(side_by_side(&section, lists)?);
    }
    let of_first = |assignments: &[Assignment]| -> Vec<(String, Vec<Setting>)> {
        let first = assignments.first().into_iter().flatten();
        first
            .map(|(key, value)| (key.clone(), vec![value.clone()]))
            .collect()
    };
    places.add("random", &of_first(&draws));
    places.add("seeds", &of_first(&seeds));
    places.refuse_twice()?;
    let or_nothing = |list: Vec<Assignment>| if list.is_empty() { vec![vec![]] } else { list };
    let (grid, zipped) = (or_nothing(grid), or_nothing(zipped));
    let total = [zipped.len(), draws.len(), seeds.len()]
        .iter()
        .try_fold(grid.len(), |n: usize, k| n.checked_mul(*k));
    if total.is_none_or(|n| n > MAX_RUNS) {
        return Err(too_many(&section));
    }
    let mut choices = vec![];
    for parts in [&grid, &zipped, &draws, &seeds]
        .iter()
        .fold(vec![vec![]], |sofar, part| {
            let extend = |head: &Assignment| {
                let head = head.clone();
                part.iter()
                    .map(move |tail| [head.clone(), tail.clone()].concat())
                    .collect::<Vec<_>>()
            };
            sofar.iter().flat_map(extend).collect()
        })
    {
        choices.push(parts);
    }
    section.finish()?;
    Ok(choices)
}

/// Where each swept key is named.
#[derive(Default)]
struct Places(Vec<(&'static str, String, Origin)>);

impl Places {
    fn add(&mut self, part: &'static str, lists: &[(String, Vec<Setting>)]) {
        for (key, values) in lists {
            let origin = values.first().map(|value| value.origin.clone());
            self.0
                .extend(origin.map(|origin| (part, key.clone(), origin)));
        }
    }

    /// A key in two parts of a sweep, or below a key that a later part sets: one of them would be dropped.
    fn refuse_twice(&self) -> std::result::Result<(), SettingError> {
        let holds = |a: &str, b: &str| {
            a == b || b.strip_prefix(a).is_some_and(|rest| rest.starts_with('.'))
        };
        for (i, (part, key, origin)) in self.0.iter().enumerate() {
            let before = self.0[..i]
                .iter()
                .find(|(other, name, _)| other != part && holds(key, name));
            let Some((other, name, first)) = before else {
                continue;
            };
            let message = format!(
                "`{key}` is in `sweep.{part}`, and `{name}` is in `sweep.{other}` ({first}): only one of them would hold"
            );
            return Err(SettingError {
                origin: Some(origin.clone()),
                message,
                hint: Some("leave the key in one of the two".into()),
            });
        }
        Ok(())
    }
}

fn read_seeds(section: &mut Section) -> std::result::Result<Vec<Assignment>, SettingError> {
    let Some(setting) = section.get("seeds") else {
        return Ok(vec![vec![]]);
    };
    let items = match &setting.value {
        Value::Integer(n) if (1..=MAX_RUNS as i64).contains(n) => (0..*n)
            .map(|seed| Setting::new(Value::Integer(seed), setting.origin.clone()))
            .collect(),
        Value::Array(items) if !items.is_empty() => items.clone(),
        other => {
            let message = format!("is {other}, expected a list of seeds, or how many there are");
            return Err(section.error("seeds", message));
        }
    };
    Ok(items
        .into_iter()
        .map(|seed| vec![("seed".to_string(), seed)])
        .collect())
}

/// One table, or a list of tables whose runs are taken together.
fn tables_of<'a>(
    section: &Section,
    key: &str,
    setting: &'a Setting,
) -> std::result::Result<Vec<&'a Table>, SettingError> {
    let items = match &setting.value {
        Value::Array(items) => items.iter().collect(),
        _ => vec![setting],
    };
    let table = |item: &'a Setting| match &item.value {
        Value::Table(table) if !table.is_empty() => Ok(table),
        other => {
            let example = "expected a table of lists, such as \"train.batch_size\" = [64, 256]";
            Err(section.error(key, format!("is {other}, {example}")))
        }
    };
    items.into_iter().map(table).collect()
}

/// The lists of a table by dotted key; tables in between are part of the key.
fn lists_of(
    key: &str,
    table: &Table,
) -> std::result::Result<Vec<(String, Vec<Setting>)>, SettingError> {
    let mut lists = vec![];
    for (name, setting) in table {
        match &setting.value {
            Value::Array(items) if !items.is_empty() => lists.push((name.clone(), items.clone())),
            Value::Table(inner) => {
                for (tail, items) in lists_of(key, inner)? {
                    lists.push((format!("{name}.{tail}"), items));
                }
            }
            other => {
                return Err(SettingError {
                    origin: Some(setting.origin.clone()),
                    message: format!(
                        "`sweep.{key}.\"{name}\"` is {other}, expected a list of at least one value"
                    ),
                    hint: None,
                });
            }
        }
    }
    Ok(lists)
}

fn product(lists: Vec<(String, Vec<Setting>)>) -> Vec<Assignment> {
    lists
        .into_iter()
        .fold(vec![vec![]], |sofar, (key, values)| {
            let extend = |head: &Assignment| {
                let head = head.clone();
                let with =
                    |value: &Setting| [head.clone(), vec![(key.clone(), value.clone())]].concat();
                values.iter().map(with).collect::<Vec<_>>()
            };
            sofar.iter().flat_map(extend).collect()
        })
}

fn side_by_side(
    section: &Section,
    lists: Vec<(String, Vec<Setting>)>,
) -> std::result::Result<Vec<Assignment>, SettingError> {
    let len = lists.first().map_or(0, |(_, values)| values.len());
    if let Some((key, values)) = lists.iter().find(|(_, values)| values.len() != len) {
        let message = format!("has lists of {len} and {} values (`{key}`)", values.len());
        return Err(section.error("zip", message));
    }
    let row = |i: usize| {
        lists
            .iter()
            .map(|(k, values)| (k.clone(), values[i].clone()))
            .collect()
    };
    Ok((0..len).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiment::config::toml_source, settings};

    #[test]
    fn every_key_of_a_sweep_is_read() {
        for place in settings::places(SWEEP) {
            let (name, example) = (place.name(), place.example().unwrap());
            assert!(example.contains(place.key.name), "{name}: {example}");
            assert!(!choices(&example).is_empty(), "{name}");
        }
    }

    fn refusal(text: &str) -> String {
        let mut table = toml_source::parse_text(text, "s.toml").unwrap();
        read(&table.remove("sweep").unwrap(), WholeDraws::Even)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_key_in_two_parts_is_refused_with_both_places() {
        let both = "[sweep.grid]\n\"a.b\" = [1, 2]\n[sweep.zip]\n\"a.b\" = [3]\n";
        let error = refusal(both);
        assert!(error.starts_with("s.toml:4:"), "{error}");
        assert!(
            error.contains("`sweep.zip`") && error.contains("`sweep.grid` (s.toml:2:"),
            "{error}"
        );
        let seed = "[sweep]\nseeds = 2\n[sweep.grid]\nseed = [1, 2]\n";
        assert!(refusal(seed).contains("`sweep.seeds`"), "{}", refusal(seed));
        // The later part replaces the whole table.
        let above = "[sweep.grid]\n\"a.b.c\" = [1]\n[sweep.zip]\n\"a.b\" = [\"x\"]\n";
        assert!(refusal(above).contains("`a.b.c`"), "{}", refusal(above));
        let below = "[sweep.grid]\n\"a.b\" = [\"x\"]\n[sweep.zip]\n\"a.b.c\" = [1]\n";
        assert_eq!(choices(below), ["a.b=x a.b.c=1"]);
    }

    fn choices(text: &str) -> Vec<String> {
        let mut table = toml_source::parse_text(text, "s.toml").unwrap();
        let sweep = table.remove("sweep").unwrap();
        let show = |choice: &Assignment| {
            let words: Vec<_> = choice
                .iter()
                .map(|(k, v)| format!("{k}={}", plain(&v.value)))
                .collect();
            words.join(" ")
        };
        let read = read(&sweep, WholeDraws::Even).unwrap();
        read.iter().map(show).collect()
    }

    #[test]
    fn a_grid_is_a_product_and_a_zip_goes_side_by_side() {
        let text = "[sweep]\nseeds = [3, 4]\n[sweep.grid]\n\"a.b\" = [1, 2]\n[sweep.zip]\nx = ['p', 'q']\ny = [7, 8]";
        assert_eq!(choices(text).len(), 2 * 2 * 2);
        assert_eq!(choices(text)[0], "a.b=1 x=p y=7 seed=3");
        assert_eq!(choices(text)[7], "a.b=2 x=q y=8 seed=4");
    }

    #[test]
    fn blocks_of_a_grid_are_taken_together() {
        let text = "[[sweep.grid]]\na = [1, 2]\n[[sweep.grid]]\nb.c = [3]";
        assert_eq!(choices(text), ["a=1", "a=2", "b.c=3"]);
    }

    #[test]
    fn whole_numbers_between_two_ends_are_equally_likely() {
        let drawn = |kind, low: f64, high: f64| -> Vec<i64> {
            let text = format!(
                "[sweep.random]\ncount = 9000\nn = {{ kind = '{kind}', low = {low:?}, high = {high:?}, whole = true }}\n"
            );
            let number = |choice: &String| choice["n=".len()..].parse().unwrap();
            choices(&text).iter().map(number).collect()
        };
        let count = |all: &[i64], n| all.iter().filter(|x| **x == n).count() as f64;
        for (low, high) in [(2.0, 5.0), (1.5, 5.9)] {
            let all = drawn("uniform", low, high);
            for n in 2..=5 {
                // Five standard deviations of a binomial count.
                let off = count(&all, n) - 2250.0;
                assert!(
                    off.abs() < 5.0 * (9000.0_f64 * 0.25 * 0.75).sqrt(),
                    "{n}: {off}"
                );
            }
            assert!(all.iter().all(|n| (2..=5).contains(n)));
        }
        let all = drawn("log_uniform", 1.0, 4.0);
        for n in 1..=4 {
            let x = n as f64;
            let p = ((x + 0.5) / (x - 0.5)).ln() / 9f64.ln();
            let off = count(&all, n) - 9000.0 * p;
            assert!(
                off.abs() < 5.0 * (9000.0 * p * (1.0 - p)).sqrt(),
                "{n}: {off}"
            );
        }
        let nothing = "[sweep.random]\ncount = 5\nn = { kind = 'uniform', low = 2.2, high = 2.4, whole = true }\n";
        let error = refusal(nothing);
        assert!(
            error.contains("no whole number lies up to `high`, 2.4"),
            "{error}"
        );
    }

    #[test]
    fn random_draws_depend_on_their_seed_alone() {
        let text = |seed| {
            format!(
                "[sweep.random]\ncount = 20\nseed = {seed}\nlr = {{ kind = 'log_uniform', low = 1e-4, high = 1e-2 }}\nact = {{ kind = 'choice', values = ['relu', 'silu'] }}\n"
            )
        };
        assert_eq!(choices(&text(1)), choices(&text(1)));
        assert_ne!(choices(&text(1)), choices(&text(2)));
        assert_eq!(choices(&text(1)).len(), 20);
    }
}
