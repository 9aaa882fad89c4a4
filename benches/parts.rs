//! `cargo bench --bench parts`: the parts of a training step, each by itself on one core. Each is timed
//! in turn with a product of the matrix library, which shows what the core can do at that moment.
//!
//! With names (`-- adam product`), the parts whose name contains one of them.

mod common;

use common::{Products, ROUNDS, Setting, Shape, flops, median, recipes, repeats, round};
use std::{env, hint::black_box};
use truescore::internals::{
    ActivatedLayer, Activation, AdamSteps, Batch, DeviceKind, MlpConfig, Parameters, Product,
    TimeFeatures, time_features,
};

/// Points in a step and the width of a layer, unless the name says otherwise.
const ROWS: usize = 256;
const WIDTH: usize = 128;

/// The product that parts other than products stand beside.
const LARGE: Shape = (512, 512, 512);

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("threads start").install(|| {
        println!(
            "{:36}{:>10}{:>10} {:10}{:>14}{:>12}",
            "part", "µs", "rate", "", "sgemm GFLOP/s", "FLOP/elem"
        );
        batches();
        products();
        activations();
        adam();
        features();
    });
}

/// What a part goes over: how many, and what they are called by the thousand million.
struct Work {
    elements: f64,
    unit: &'static str,
}

impl Work {
    fn elements(count: usize) -> Self {
        Self {
            elements: count as f64,
            unit: "Gelem/s",
        }
    }
}

/// Times a part in turn with the matrix library's product of `shape`, and prints both rates. It also
/// prints the operations that the library does while the part does one element: on a product of the same
/// shape, the library's speed over the kernel's.
fn report(name: &str, work: &Work, part: &mut dyn FnMut(), shape: Shape) {
    let mut named = env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .peekable();
    if named.peek().is_some() && !named.any(|a| name.contains(&a)) {
        return;
    }
    let mut library = Products::new(vec![shape]);
    let mut sgemm = || library.run();
    let (part_repeats, sgemm_repeats) = (repeats(part), repeats(&mut sgemm));
    let (parts, sgemms): (Vec<f64>, Vec<f64>) = (0..ROUNDS)
        .map(|_| (round(part, part_repeats), round(&mut sgemm, sgemm_repeats)))
        .unzip();
    let flops = flops(&[shape]);
    let ratios = parts.iter().zip(&sgemms).map(|(part, sgemm)| part / sgemm);
    let per_element = median(ratios.collect()) * flops / work.elements;
    let (part, sgemm) = (median(parts), median(sgemms));
    println!(
        "{name:36}{:>10.2}{:>10.3} {:10}{:>14.1}{per_element:>12.2}",
        part * 1e6,
        work.elements / part / 1e9,
        work.unit,
        flops / sgemm / 1e9,
    );
}

/// Points, timesteps, noise and targets of a step; elements are points.
fn batches() {
    for recipe in recipes() {
        let setting = Setting::new(&recipe, DeviceKind::Cpu);
        let mut source = recipe.source(&setting);
        let (mut batch, mut step) = (Batch::default(), 0);
        let mut draw = || {
            let made = source.training_batch(step, recipe.batch_size, &mut batch);
            made.expect("denoising asks no denoiser");
            step += 1;
            black_box(&batch);
        };
        let name = format!("batch/{}", recipe.name);
        report(&name, &Work::elements(recipe.batch_size), &mut draw, LARGE);
    }
}

/// The products of a layer by the kernels, beside the same product by the matrix library.
fn products() {
    for (name, shape) in [
        ("product/forward", (ROWS, WIDTH, WIDTH)),
        ("product/gradient", (WIDTH, ROWS, WIDTH)),
        ("product/narrow", (ROWS, 64, 64)),
        ("product/output", (ROWS, WIDTH, 1)),
    ] {
        let (rows, inner, columns) = shape;
        let mut product = Product::new(rows, inner, columns);
        let work = Work {
            elements: flops(&[shape]),
            unit: "GFLOP/s",
        };
        let mut multiply = || {
            black_box(product.run());
        };
        report(name, &work, &mut multiply, shape);
    }
}

/// Bias, nonlinearity and its derivative of one layer.
fn activations() {
    for (name, activation) in [
        ("activation/relu", Activation::Relu),
        ("activation/leaky_relu", Activation::LeakyRelu),
        ("activation/gelu", Activation::Gelu),
        ("activation/silu", Activation::Silu),
        ("activation/tanh", Activation::Tanh),
    ] {
        let mut layer = ActivatedLayer::new(activation, ROWS, WIDTH);
        let mut activate = || {
            black_box(layer.run());
        };
        report(name, &Work::elements(ROWS * WIDTH), &mut activate, LARGE);
    }
}

/// A step of Adam with the moving average; elements are weights.
fn adam() {
    let optimizer = Setting::new(&recipes()[0], DeviceKind::Cpu).train.optimizer;
    for preset in ["simple_mlp", "swiss_roll_residual"] {
        let model = MlpConfig::preset(preset).expect("the preset exists");
        let weights = Parameters::zeros(&model, 1);
        let work = Work::elements(weights.len());
        let mut steps = AdamSteps::new(optimizer.clone(), weights);
        let mut update = || {
            black_box(steps.run());
        };
        report(&format!("adam/{preset}"), &work, &mut update, LARGE);
    }
}

/// The table of sines and cosines of every timestep.
fn features() {
    let sinusoidal = TimeFeatures::Sinusoidal {
        dim: 32,
        scale: 1.0,
    };
    for num_timesteps in [100, 1000, 4000] {
        let work = Work::elements((num_timesteps + 1) * sinusoidal.dim());
        let mut compute = || {
            black_box(time_features(&sinusoidal, num_timesteps));
        };
        let name = format!("time_features/{num_timesteps}");
        report(&name, &work, &mut compute, LARGE);
    }
}
