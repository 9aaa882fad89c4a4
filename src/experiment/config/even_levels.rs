//! Levels evenly in t, which were the default of every sampler in earlier versions and went unwritten.

use crate::settings::{Setting, Table, Value};

/// The samplers whose default is another now. Configurations that are written always name their levels.
const CHANGED: [&str; 2] = ["heun", "dpm_solver_pp_2m"];

/// Takes even levels out of `[sampler]`, so that it has the digest of earlier versions.
pub(super) fn forget(sampler: &mut toml::Table) {
    if sampler.get("levels").and_then(toml::Value::as_str) == Some("uniform") {
        sampler.remove("levels");
    }
}

/// Writes the even levels that a resolved configuration without `levels` means.
pub(crate) fn keep(table: &mut Table) {
    let Some(sampler) = table.get_mut("sampler") else {
        return;
    };
    let origin = sampler.origin.clone();
    let Value::Table(sampler) = &mut sampler.value else {
        return;
    };
    let kind = sampler.get("kind").map(|kind| &kind.value);
    if matches!(kind, Some(Value::String(name)) if CHANGED.contains(&name.as_str())) {
        let even = Setting::new(Value::String("uniform".into()), origin);
        sampler.entry("levels".into()).or_insert(even);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::config::{experiment::ExperimentConfig, toml_source::parse_text};

    const DATA: &str =
        "[data]\nkind = 'gaussian_mixture'\nweights = [1.0]\nmeans = [0.0]\nstd_devs = [1.0]\n";

    fn config(sampler: &str, resolved: bool) -> ExperimentConfig {
        let mut table = parse_text(&format!("{DATA}[sampler]\n{sampler}"), "c.toml").unwrap();
        if resolved {
            keep(&mut table);
        }
        ExperimentConfig::from_table(&table, "c").unwrap()
    }

    #[test]
    fn a_resolved_configuration_without_levels_keeps_the_even_ones_and_its_digest() {
        for kind in CHANGED {
            let text = format!("kind = '{kind}'\n");
            let (new, old) = (config(&text, false), config(&text, true));
            assert!(new.to_toml().contains("levels = \"auto\""), "{kind}");
            assert!(old.to_toml().contains("levels = \"uniform\""), "{kind}");
            // Earlier versions wrote no levels, and digested none.
            assert!(!old.identity().contains("levels"), "{kind}");
            assert!(new.identity().contains("levels"), "{kind}");
            assert_ne!(new.sampler_identity(), old.sampler_identity());
            assert_eq!(config(&format!("{text}levels = 'karras'\n"), true), {
                config(&format!("{text}levels = 'karras'\n"), false)
            });
        }
        let (new, old) = (
            config("kind = 'ddim'\n", false),
            config("kind = 'ddim'\n", true),
        );
        assert_eq!(new, old);
        assert!(!new.to_toml().contains("levels"));
    }
}
