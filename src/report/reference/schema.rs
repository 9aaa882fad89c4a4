//! JSON Schemas of an experiment and of a sweep, with which editors complete and check the TOML.

use crate::{
    experiment::{ExperimentConfig, SWEEP},
    settings::{Default, Domain, Key, Kind, Range, places},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The dialect that taplo and Even Better TOML understand.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema of an experiment's configuration.
pub(crate) fn of_experiment() -> Value {
    let title = "A configuration of truescore";
    root(title, ExperimentConfig::KEYS.iter().copied())
}

/// The schema of a sweep's specification.
pub(crate) fn of_sweep() -> Value {
    let title = "A sweep of truescore";
    let mut schema = root(
        title,
        ExperimentConfig::KEYS
            .iter()
            .copied()
            .chain(SWEEP.iter().copied()),
    );
    schema["required"] = json!(["sweep"]);
    schema["definitions"] = definitions();
    schema
}

/// A schema as a file holds it.
pub(crate) fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn root(title: &str, keys: impl Iterator<Item = Key>) -> Value {
    let mut schema = json!({ "$schema": DRAFT, "title": title });
    let keys: Vec<_> = keys.collect();
    extend(&mut schema, table(&keys));
    // What a base holds need not be said again.
    schema["anyOf"] = json!([{ "required": ["base"] }, { "required": ["data"] }]);
    schema
}

/// A table of keys. Those of its kinds are all offered, and where a kind is named, no others are allowed.
fn table(keys: &[Key]) -> Value {
    let mut properties: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let kinds = kinds_of(keys);
    let of_kinds = kinds.iter().flat_map(|kind| kind.keys);
    for key in keys.iter().chain(of_kinds) {
        let schemas = properties.entry(key.name).or_default();
        let schema = of_key(key);
        if !schemas.contains(&schema) {
            schemas.push(schema);
        }
    }
    let properties = properties
        .into_iter()
        .map(|(name, schemas)| (name.to_string(), any_of(schemas)));
    let mut schema = json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "additionalProperties": false,
    });
    if !kinds.is_empty() {
        let of_kind = kinds
            .iter()
            .map(|kind| allowed_with(kind, keys, &schema["properties"]));
        schema["allOf"] = of_kind.collect();
    }
    schema
}

/// Where `kind` is named, the keys of the section and of this kind alone; with its own schema for a key
/// that other kinds have with another one.
fn allowed_with(kind: &Kind, keys: &[Key], all: &Value) -> Value {
    let names: Vec<_> = keys.iter().chain(kind.keys).map(|key| key.name).collect();
    let own = kind
        .keys
        .iter()
        .map(|key| (key.name.to_string(), of_key(key)));
    let own = own.filter(|(name, schema)| all[name] != *schema);
    json!({
        "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
        "then": {
            "propertyNames": { "enum": names },
            "properties": own.collect::<Map<_, _>>(),
        },
    })
}

fn of_key(key: &Key) -> Value {
    let mut schema = of_domain(&key.domain);
    schema["description"] = key.help.into();
    match key.default {
        Default::Number(x) => schema["default"] = x.into(),
        Default::Count(x) => schema["default"] = x.into(),
        Default::Flag(x) => schema["default"] = x.into(),
        Default::Name(x) => schema["default"] = x.into(),
        Default::Required | Default::Absent(_) => {}
    }
    schema
}

fn of_domain(domain: &Domain) -> Value {
    match domain {
        Domain::Number(range) => number(*range),
        Domain::Count(low, high) if *high >= i64::MAX as usize => {
            json!({ "type": "integer", "minimum": low })
        }
        Domain::Count(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Domain::Flag => json!({ "type": "boolean" }),
        Domain::Text => json!({ "type": "string" }),
        Domain::Word(word) => json!({ "const": word }),
        Domain::Kinds(_) | Domain::Names(_) => names(&domain.kinds().unwrap_or_default()),
        Domain::Table(keys) => match kinds_of(keys) {
            kinds if kinds.is_empty() => table(keys),
            kinds => json!({ "anyOf": [names(&kinds), table(keys)] }),
        },
        Domain::List(item) => json!({ "type": "array", "minItems": 1, "items": of_domain(item) }),
        Domain::Either(domains) => {
            json!({ "anyOf": domains.iter().map(of_domain).collect::<Value>() })
        }
        Domain::Map(keys, _) => {
            let mut schema = table(keys);
            let mut named = dotted(|_| json!({ "$ref": "#/definitions/named" }));
            named.retain(|name, _| keys.iter().all(|key| key.name != name));
            extend(&mut schema["properties"], Value::Object(named));
            schema
        }
        Domain::Lists => json!({ "$ref": "#/definitions/lists" }),
        Domain::Any => json!({}),
    }
}

/// What the tables of a sweep have for every key of an experiment: lists of its values, or what a value is
/// drawn from.
fn definitions() -> Value {
    let several = |schema: Value| json!({ "type": "array", "minItems": 1, "items": schema });
    let maps = places(SWEEP)
        .into_iter()
        .filter_map(|place| match place.key.domain {
            Domain::Map(_, other) => Some(of_domain(other)),
            _ => None,
        });
    json!({
        "lists": {
            "type": "object",
            "properties": dotted(several),
            "additionalProperties": false,
        },
        "named": any_of(maps.collect()),
    })
}

/// Every key of an experiment by its dotted name, with what becomes of its schema.
fn dotted(wrap: impl Fn(Value) -> Value) -> Map<String, Value> {
    let mut places = BTreeMap::new();
    collect(ExperimentConfig::KEYS, "", "#", &mut places);
    let schema = |(name, (pointer, is_section)): (String, (String, bool))| {
        let schema = wrap(json!({ "$ref": pointer }));
        // The name of a section may also stand for a table of such keys.
        let schema = match is_section {
            true => json!({ "anyOf": [schema, { "type": "object" }] }),
            false => schema,
        };
        (name, schema)
    };
    places.into_iter().map(schema).collect()
}

/// Where the schema of each key stands, by its dotted name, and whether it is one of a section.
fn collect(
    keys: &[Key],
    above: &str,
    pointer: &str,
    places: &mut BTreeMap<String, (String, bool)>,
) {
    let kinds = kinds_of(keys);
    for key in keys.iter().chain(kinds.iter().flat_map(|kind| kind.keys)) {
        let name = format!("{above}{}", key.name);
        let pointer = format!("{pointer}/properties/{}", key.name);
        let Domain::Table(inner) = key.domain else {
            places.insert(name, (pointer, false));
            continue;
        };
        // Beside the table stands the bare name of its kind.
        let table = match kinds_of(inner).is_empty() {
            true => pointer.clone(),
            false => format!("{pointer}/anyOf/1"),
        };
        collect(inner, &format!("{name}."), &table, places);
        places.insert(name, (pointer, true));
    }
}

/// The kinds of a section, if it has any.
fn kinds_of(keys: &[Key]) -> Vec<Kind> {
    let kinds = keys.iter().find(|key| key.name == "kind");
    kinds.and_then(|key| key.domain.kinds()).unwrap_or_default()
}

fn names(kinds: &[Kind]) -> Value {
    let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
    json!({ "type": "string", "enum": names })
}

fn number(range: Range) -> Value {
    let mut schema = json!({ "type": "number" });
    let mut limit = |open: &str, closed: &str, (end, is_open): (f64, bool)| {
        if end.is_finite() {
            schema[if is_open { open } else { closed }] = end.into();
        }
    };
    limit("exclusiveMinimum", "minimum", range.low());
    limit("exclusiveMaximum", "maximum", range.high());
    match range.has_zero_beside() {
        true => json!({ "anyOf": [schema, { "const": 0 }] }),
        false => schema,
    }
}

fn any_of(mut schemas: Vec<Value>) -> Value {
    match schemas.len() {
        1 => schemas.remove(0),
        _ => json!({ "anyOf": schemas }),
    }
}

fn extend(schema: &mut Value, more: Value) {
    if let (Some(schema), Value::Object(more)) = (schema.as_object_mut(), more) {
        schema.extend(more);
    }
}
