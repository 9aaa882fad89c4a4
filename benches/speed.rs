//! `cargo bench --bench speed`: how close training and sampling come to the rate of the matrix
//! products in them, each pair in turn in the same run.
//!
//! With a name (`-- tutorial-b256`), that recipe alone; with `--json`, one line a recipe for scripts.

mod common;

use common::{Products, Recipe, Setting, recipes, reverse_step};
use std::{env, time::Instant};
use truescore::model::DeviceKind;

/// Timed rounds; the median counts.
const ROUNDS: usize = 9;

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
    let mut training = recipe.training(&setting);
    let mut products = Products::new(recipe.training_products());
    let flops = products.flops();
    let [step, product] = in_turn(
        &mut || {
            training.step();
        },
        &mut || products.run(),
    );
    let predictor = recipe.predictor(&setting);
    let mut x = vec![0.5; SAMPLES];
    let mut number = 0;
    let mut sampling_products = Products::new(recipe.sampling_products(256));
    let blocks = SAMPLES as f64 / 256.0;
    let sampling_flops = sampling_products.flops() * blocks;
    let [reverse, block] = in_turn(
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
            1.0 / step,
            1.0 / reverse
        );
        return;
    }
    println!(
        "{:18}{:>10.0}{:>10.1}{:>10.1}{:>9.2}{:>12.1}{:>10.1}{:>9.2}",
        recipe.name,
        1.0 / step,
        flops / step / 1e9,
        flops / product / 1e9,
        product / step,
        1.0 / reverse,
        sampling_flops / (block * blocks) / 1e9,
        block * blocks / reverse,
    );
}

/// Median seconds of two works, timed in turn.
fn in_turn<'a>(first: &'a mut dyn FnMut(), second: &'a mut dyn FnMut()) -> [f64; 2] {
    let mut works = [first, second];
    let mut seconds = [vec![], vec![]];
    let mut repeats = [0; 2];
    for (work, repeats) in works.iter_mut().zip(&mut repeats) {
        // Some 60 ms a round, after a warm-up.
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed().as_secs_f64() < 0.06 {
            work();
            count += 1;
        }
        *repeats = count;
    }
    for _ in 0..ROUNDS {
        for ((work, repeats), seconds) in works.iter_mut().zip(repeats).zip(&mut seconds) {
            let begun = Instant::now();
            for _ in 0..repeats {
                work();
            }
            seconds.push(begun.elapsed().as_secs_f64() / f64::from(repeats));
        }
    }
    seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    })
}
