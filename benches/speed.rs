//! `cargo bench --bench speed`: how close training and sampling come to the rate of the matrix
//! products in them, each pair in turn in the same run.
//!
//! With a name (`-- tutorial-b256`), that recipe alone; with `--json`, one line a recipe for scripts.

mod common;

use common::{Products, ROUNDS, Recipe, Setting, median, recipes, repeats, reverse_step, round};
use std::env;
use truescore::internals::DeviceKind;

/// Points that are sampled, as in the peers' scripts.
const SAMPLES: usize = 10_000;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let json = arguments.iter().any(|a| a == "--json");
    let named: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let threads = env::var("RAYON_NUM_THREADS")
        .ok()
        .and_then(|n| n.parse().ok());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(1))
        .build();
    pool.expect("threads start").install(|| {
        if !json {
            println!(
                "{:18}{:>10}{:>10}{:>10}{:>9}{:>12}{:>10}{:>9}",
                "recipe", "steps/s", "GFLOP/s", "sgemm", "ratio", "reverse/s", "sgemm", "ratio"
            );
        }
        for recipe in recipes() {
            if named.is_empty() || named.iter().any(|name| *name == recipe.name) {
                report(&recipe, json);
            }
        }
    });
}

fn report(recipe: &Recipe, json: bool) {
    let setting = Setting::new(recipe, DeviceKind::Cpu);
    let mut run = recipe.training(&setting);
    let mut products = Products::new(recipe.training_products());
    let flops = products.flops();
    let training = in_turn(
        &mut || {
            run.step();
        },
        &mut || products.run(),
    );
    let predictor = recipe.predictor(&setting);
    let mut x = vec![0.5; SAMPLES];
    let mut number = 0;
    let mut sampling_products = Products::new(recipe.sampling_products(256));
    let blocks = SAMPLES as f64 / 256.0;
    let sampling_flops = sampling_products.flops() * blocks;
    let sampling = in_turn(
        &mut || {
            number += 1;
            reverse_step(&predictor, &mut x, number);
        },
        &mut || sampling_products.run(),
    );
    if json {
        println!(
            "{{\"recipe\":\"{}\",\"train\":{:.1},\"reverse\":{:.2}}}",
            recipe.name,
            1.0 / training.first,
            1.0 / sampling.first
        );
        return;
    }
    println!(
        "{:18}{:>10.0}{:>10.1}{:>10.1}{:>9.2}{:>12.1}{:>10.1}{:>9.2}",
        recipe.name,
        1.0 / training.first,
        flops / training.first / 1e9,
        flops / training.second / 1e9,
        training.ratio,
        1.0 / sampling.first,
        sampling_flops / (sampling.second * blocks) / 1e9,
        sampling.ratio * blocks,
    );
}

/// Two works timed in turn.
struct InTurn {
    /// Seconds of the first: the median over rounds.
    first: f64,
    /// Seconds of the second.
    second: f64,
    /// The second over the first: the median of the rounds' ratios. What slows the machine down for a
    /// while slows both of a round.
    ratio: f64,
}

fn in_turn(first: &mut dyn FnMut(), second: &mut dyn FnMut()) -> InTurn {
    let (first_repeats, second_repeats) = (repeats(first), repeats(second));
    let rounds: Vec<[f64; 2]> = (0..ROUNDS)
        .map(|_| [round(first, first_repeats), round(second, second_repeats)])
        .collect();
    let median_of = |value: fn(&[f64; 2]) -> f64| median(rounds.iter().map(value).collect());
    InTurn {
        first: median_of(|round| round[0]),
        second: median_of(|round| round[1]),
        ratio: median_of(|round| round[1] / round[0]),
    }
}
