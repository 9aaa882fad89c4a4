//! Advice on records and configurations, written and planted.

use super::{
    Advice, Grounds, against::Against, discretisation, network, prior, remedy::Remedy, sentences,
};
use crate::{
    evaluation::{
        candidates::{self, Candidate},
        network_signs::NetworkSigns,
        verdict::Validation,
    },
    experiment::{
        ExperimentConfig,
        run::record::{AlternativeRecord, Blamed, EvalRecord},
    },
    report::run::testing::{config, record, written},
};

/// Configurations that differ in what advice depends on.
fn texts() -> Vec<String> {
    let samplers = [
        "kind = \"ddpm\"",
        "kind = \"ddpm\"\nvariance = \"bayes\"",
        "kind = \"ddpm_x0\"\nnum_steps = 7",
        "kind = \"ddim\"\neta = 0.5",
        "kind = \"ddim\"\nnum_steps = 40",
        "kind = \"euler\"\nnoise = 0.5\nnum_steps = 5",
        "kind = \"heun\"",
        "kind = \"heun\"\ns_churn = 10.0\nstart = \"matched\"",
        "kind = \"dpm_solver_pp_2m\"\nlevels = \"lambda\"",
        "kind = \"dpm_solver_pp_2m\"\nnum_steps = 6\nstart = \"exact\"",
        "kind = \"rk45\"\ntolerance = 1e-10",
        "kind = \"rk45\"",
        "kind = \"exact\"",
    ];
    let schedules = [
        "linear",
        "linear_rescaled",
        "quadratic",
        "beta_sigmoid",
        "cosine",
        "cosine_clipped",
        "cosine_open",
        "alpha_bar_sigmoid",
        "vp",
        "ve",
        "ve_sqrt",
        "ve_quadratic",
        "ve_sigmoid",
        "karras",
        "flow",
    ];
    let with = |schedule: &'static str| {
        samplers.map(|sampler| {
            format!(
                "[process]\nnum_timesteps = 40\nschedule = \"{schedule}\"\n[sampler]\n{sampler}\n"
            )
        })
    };
    let mut texts: Vec<_> = schedules.into_iter().flat_map(with).collect();
    for model in [
        "[train]\nloss_weight = { kind = \"min_snr\", gamma = 0.01 }\n",
        "[model]\nkind = \"bayes\"\n",
        "[model]\nhidden_dim = 2048\n",
        "[model]\nclass_conditional = true\nclass_embedding_dim = 4\n",
        "[train]\nepochs = 3\n[eval]\ncheckpoint = \"best\"\n",
        "[process]\nnum_timesteps = 1\n",
        "[process]\nschedule = { kind = \"ve\", sigma_max = 900000.0 }\n",
        "[sampler]\nkind = \"ddim\"\nnum_steps = 100000\n",
    ] {
        texts.push(model.into());
    }
    texts
}

fn signs(kind: usize) -> NetworkSigns {
    NetworkSigns {
        memorised: (kind == 1).then_some(0.4),
        fits_points: None,
        better_before: (kind == 2 || kind == 1).then_some(Validation {
            step: 400,
            excess: 0.01,
            now: 0.03,
        }),
        errs_near_noise: kind == 3,
        is_starved: kind == 6,
        is_short: kind == 4,
        is_falling: kind == 5,
    }
}

fn every(config: &ExperimentConfig, record: &EvalRecord) -> Vec<Remedy> {
    let of_network = (0..7).flat_map(|kind| network::remedies(config, &signs(kind)));
    prior::remedies(config, record)
        .into_iter()
        .chain(of_network)
        .chain(discretisation::remedies(config, record))
        .chain(network::after_failure(config))
        .collect()
}

#[test]
fn every_advice_is_taken_by_the_command_and_changes_something() {
    let (mut count, record) = (0, record());
    for text in texts() {
        let before = config(&text);
        for remedy in every(&before, &record) {
            let after = before.changed(&remedy.set);
            assert!(after.is_some(), "{:?}: {text}", remedy.set);
            count += 1;
        }
    }
    assert!(count > 800, "{count}");
}

/// A record of these cells, by the bits of prior, network and discretisation, and of what is to blame.
fn of_cells(cells: [f64; 8], verdict: Blamed) -> EvalRecord {
    let mut record = record();
    record.step = 5000;
    let found = record.attribution.as_mut().unwrap();
    for (cell, w1) in found.cells.iter_mut().zip(cells) {
        cell.w1 = w1;
    }
    found.without.prior = cells[6];
    found.without.network = cells[5];
    found.without.discretisation = cells[3];
    (found.verdict, found.sample_floor) = (verdict, 0.01);
    record
}

/// W1 is the sum of what the causes add.
fn of_sums(parts: [f64; 3], verdict: Blamed) -> EvalRecord {
    let cell = |i: usize| (0..3).map(|k| parts[k] * (i >> k & 1) as f64).sum();
    of_cells(std::array::from_fn(cell), verdict)
}

fn advice(record: &EvalRecord, text: &str, kind: usize) -> Advice {
    let config = config(text);
    Advice::of(Grounds {
        config: &config,
        run: &config,
        record,
        signs: &signs(kind),
        has_failed: false,
        none_beyond: false,
    })
}

fn said(record: &EvalRecord, text: &str, kind: usize) -> String {
    sentences(&advice(record, text, kind)).join(" ")
}

fn tried(set: &[&str], w1: f64) -> AlternativeRecord {
    AlternativeRecord {
        set: set.iter().map(|set| set.to_string()).collect(),
        sampler: "Euler (29 steps)".into(),
        evaluations: 29.0,
        w1,
        w1_error: Some(1e-4),
    }
}

#[test]
fn advice_on_a_network_follows_from_where_its_error_sits() {
    let record = of_sums([0.0, 0.2, 0.01], Blamed::Network);
    assert_eq!(
        said(&record, "", 3),
        "Predict v (`model.prediction=v`), or take a wider network (`model.hidden_dim=512`)."
    );
    let x0 = "[model]\nprediction = \"v\"\n";
    assert!(
        said(&record, x0, 3)
            .starts_with("Take a wider network (`model.hidden_dim=512`), or train longer")
    );
    assert!(
        said(&record, "", 4).starts_with("Train longer (`train.steps=20000`), or take a wider")
    );
    let weight = "[train]\nloss_weight = { kind = \"min_snr\", gamma = 0.01 }\n";
    assert!(said(&record, weight, 6).starts_with(
        "Let every timestep count alike in the loss (`train.loss_weight=uniform`), or take a wider"
    ));
    assert!(!said(&record, weight, 5).contains("alike"));
    assert!(!said(&record, "", 6).contains("alike"));
    let memorised = said(&record, "", 1);
    assert_eq!(
        memorised,
        "The network has come 40 % of the way to memorising its training points. Train on more data \
         (`data.num_train=80000`), or take the network of the best validation (`eval.checkpoint=best`)."
    );
    let worse = said(&record, "", 2);
    assert!(worse.starts_with(
        "Take the network of the best validation (`eval.checkpoint=best`), or train on"
    ));
    for words in [memorised, worse] {
        assert!(
            !words.contains("rain longer") && !words.contains("wider"),
            "{words}"
        );
    }
}

#[test]
fn a_network_that_fits_its_points_gets_more_of_them() {
    let mut record = of_sums([0.0, 0.2, 0.01], Blamed::Network);
    let excess = record.metrics["excess_loss"].value.unwrap();
    let said = |record: &EvalRecord| {
        let config = config("");
        let signs = NetworkSigns::of(&config, record, &[], &[]);
        let grounds = Grounds {
            config: &config,
            run: &config,
            record,
            signs: &signs,
            has_failed: false,
            none_beyond: false,
        };
        sentences(&Advice::of(grounds)).join(" ")
    };
    record.training_excess = Some(0.4 * excess);
    let words = said(&record);
    assert!(
        words.contains("fits its training points") && words.contains("more data"),
        "{words}"
    );
    record.training_excess = Some(0.6 * excess);
    let words = said(&record);
    assert!(
        !words.contains("fits its") && !words.contains("more data"),
        "{words}"
    );
}

#[test]
fn two_causes_beneath_one_verdict_get_their_own_advice() {
    let text = "[sampler]\nnum_steps = 6\n";
    let record = of_sums([0.0, 0.2, 0.18], Blamed::Network);
    let words = said(&record, text, 4);
    assert!(
        words.starts_with("Against the network: train longer"),
        "{words}"
    );
    assert!(words.contains("Against the discretisation: take more steps (`sampler.num_steps=12`)"));
    let one = said(&of_sums([0.0, 0.2, 0.0], Blamed::Network), text, 4);
    assert!(
        !one.contains("Against") && !one.contains("more steps"),
        "{one}"
    );
    let prior = said(
        &of_sums([0.3, 0.0, 0.0], Blamed::Prior),
        "[process]\nschedule = \"linear\"\n",
        0,
    );
    assert!(
        prior.starts_with("End the process nearer to noise (`process.schedule=cosine`), or start")
    );
}

#[test]
fn a_cause_that_cancels_another_is_not_to_be_removed() {
    // Without the network's error W1 grows.
    let cells = [0.0, 0.0, 0.1, 0.1, 0.3, 0.3, 0.2, 0.2];
    let words = said(
        &of_cells(cells, Blamed::Network),
        "[sampler]\nnum_steps = 6\n",
        4,
    );
    assert!(
        words.contains("more steps") && !words.contains("rain longer"),
        "{words}"
    );
    // Neither helps alone.
    let cells = [0.0, 0.0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2];
    let words = said(
        &of_cells(cells, Blamed::Network),
        "[sampler]\nnum_steps = 6\n",
        4,
    );
    assert!(
        words.starts_with("No change helps alone: without both causes W1 would be 0."),
        "{words}"
    );
    assert!(
        words.contains("Against the network: ") && words.contains("Against the discretisation: ")
    );
}

#[test]
fn only_what_was_tried_and_is_better_is_said_to_be() {
    let mut record = of_sums([0.0, 0.01, 0.3], Blamed::Discretisation);
    let text = "[sampler]\nkind = \"heun\"\nnum_steps = 15\n";
    assert!(!said(&record, text, 0).contains("ried"));
    let euler = ["sampler.kind=euler", "sampler.num_steps=29"];
    record.alternatives = vec![
        tried(&["sampler.levels=karras"], 0.05),
        tried(&euler, 0.008),
        tried(&["sampler.start=exact"], 0.9),
    ];
    assert_eq!(
        said(&record, text, 0),
        "Draw by `Euler (29 steps)` (`sampler.kind=euler`, `sampler.num_steps=29`). Tried on this run, W1 is \
         0.008000 ± 0.00010. Or take more steps (`sampler.num_steps=30`)."
    );
    let page = written(|page| super::section(page, &advice(&record, text, 0), &record));
    assert!(page.contains("| 0.008000 ± 0.00010 (tried) |"), "{page}");
    assert!(page.contains("at best 0.01000"), "{page}");
    // Worse, hardly better, and better within its error: none of these.
    for (w1, error) in [(0.4, 0.0), (0.29, 0.0), (0.2, 0.05)] {
        record.alternatives = vec![tried(&euler, w1)];
        record.alternatives[0].w1_error = Some(error);
        let words = said(&record, text, 0);
        assert!(
            !words.contains("ried") && words.contains("more steps"),
            "{words}"
        );
    }
}

#[test]
fn what_was_tried_and_is_better_is_named_beside_another_cause() {
    // The steps cancel a part of the network's error: without them W1 grows.
    let cells = [0.0, 0.0, 0.32, 0.32, 0.12, 0.12, 0.16, 0.16];
    let mut record = of_cells(cells, Blamed::Network);
    let text = "[sampler]\nkind = \"heun\"\nnum_steps = 15\n";
    assert!(!said(&record, text, 3).contains("same network"));
    record.alternatives = vec![tried(&["sampler.kind=euler"], 0.008)];
    let words = said(&record, text, 3);
    assert!(
        words.starts_with("Predict v (`model.prediction=v`), or"),
        "{words}"
    );
    assert!(
        words.contains("With the same network: draw by `Euler (29 steps)` (`sampler.kind=euler`).")
    );
    assert!(!words.contains("more steps"), "{words}");
}

/// The command changes the run, whose own sampler may have other keys than the one that drew these samples.
#[test]
fn advice_on_samples_of_another_sampler_is_taken_of_the_run() {
    let mut count = 0;
    let record = of_sums([0.1, 0.2, 0.3], Blamed::Discretisation);
    let texts: Vec<_> = texts().into_iter().take(13).collect();
    for own in &texts {
        for drawn in &texts {
            let (run, drawn) = (config(own), config(drawn));
            let mut record = record.clone();
            let candidates = candidates::of_steps(&drawn, 15.0);
            let tried = |found: &Candidate| {
                tried(
                    &found.set.iter().map(String::as_str).collect::<Vec<_>>(),
                    0.1,
                )
            };
            record.alternatives = candidates.iter().map(tried).collect();
            let found = Advice::of(Grounds {
                config: &drawn,
                run: &run,
                record: &record,
                signs: &signs(0),
                has_failed: false,
                none_beyond: false,
            });
            assert_eq!(found.tried.len(), candidates.len());
            for (set, candidate) in found.tried.iter().zip(&candidates) {
                let after = match set.is_empty() {
                    true => run.clone(),
                    false => run
                        .changed(set)
                        .unwrap_or_else(|| panic!("{set:?}: {run:?}")),
                };
                let (found, wanted) = (&after.sampler, &candidate.config.sampler);
                assert_eq!(
                    (&found.kind, found.levels, found.start),
                    (&wanted.kind, wanted.levels, wanted.start)
                );
                assert_eq!(found.steps(40), wanted.steps(40), "{set:?}");
                count += 1;
            }
        }
    }
    assert!(count > 500, "{count}");
}

#[test]
fn few_samples_are_to_be_more_and_none_are_to_be_where_nothing_is_seen() {
    let mut record = of_sums([0.0, 0.01, 0.0], Blamed::SampleSize);
    record.num_samples = 500;
    record.attribution.as_mut().unwrap().sample_floor = 0.03;
    // (2 · 3)² times as many.
    assert!(said(&record, "", 0).contains("`eval.num_samples=18000`"));
    record.attribution.as_mut().unwrap().sample_floor = 3.0;
    assert_eq!(said(&record, "", 0), "");
    let mut stop = advice(&record, "", 0);
    stop.may_stop = true;
    assert!(sentences(&stop)[0].starts_with("Stop here"));
}

#[test]
fn a_failed_training_is_not_to_be_longer() {
    let record = of_sums([0.0, 0.2, 0.0], Blamed::Network);
    let config = config("");
    let found = Advice::of(Grounds {
        config: &config,
        run: &config,
        record: &record,
        signs: &signs(4),
        has_failed: true,
        none_beyond: false,
    });
    assert_eq!(
        sentences(&found),
        ["Lower the learning rate (`train.learning_rate=0.0004`)."]
    );
}

#[test]
fn every_sentence_is_short() {
    let mut record = of_sums([0.1, 0.2, 0.18], Blamed::Network);
    record.alternatives = vec![tried(
        &[
            "sampler.kind=ddim",
            "sampler.num_steps=29",
            "sampler.levels=lambda",
        ],
        0.01,
    )];
    for kind in 0..6 {
        for sentence in sentences(&advice(&record, "", kind)) {
            assert!(sentence.split_whitespace().count() <= 30, "{sentence}");
        }
    }
    let none = |group: &Against| group.remedies.is_empty();
    assert!(!advice(&record, "", 0).groups.iter().any(none));
}
