//! Once it runs, training takes no memory from the system's allocator, nor gives any back: not for a
//! batch, nor for its gradient, nor for the optimizer. Sampling takes none in the network.

#[path = "../benches/common/mod.rs"]
mod common;

use allocation_counter::measure;
use common::{Recipe, Setting, recipes};
use truescore::internals::{Denoiser, DeviceKind, MlpConfig};

/// Every preset and every recipe that is timed, with one chunk of points and with several.
fn all() -> impl Iterator<Item = Recipe> {
    let preset = |name: &'static str| {
        [40, 600].map(|batch_size| Recipe {
            name,
            model: MlpConfig::preset(name).expect("the preset exists"),
            batch_size,
            num_timesteps: 100,
        })
    };
    MlpConfig::preset_names().flat_map(preset).chain(recipes())
}

/// `work` on a single thread, which is the one whose allocations are counted.
fn alone(work: impl FnOnce() + Send) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread starts").install(work);
}

#[test]
fn a_training_step_allocates_nothing() {
    alone(|| {
        for recipe in all() {
            let mut setting = Setting::new(&recipe, DeviceKind::Cpu);
            // Clipping and averaging, and an epoch that ends among the steps that are counted.
            setting.train.max_grad_norm = Some(1.0);
            setting.train.ema_decay = 0.99;
            setting.keep_points(20 * recipe.batch_size - 7);
            let mut training = recipe.training(&setting);
            for _ in 0..15 {
                training.step();
            }
            let counted = measure(|| {
                for _ in 0..15 {
                    training.step();
                }
            });
            assert_eq!(
                counted.count_total, 0,
                "{} {}",
                recipe.name, recipe.batch_size
            );
        }
    });
}

#[test]
fn a_reverse_step_allocates_nothing_in_the_network() {
    alone(|| {
        for recipe in all() {
            let setting = Setting::new(&recipe, DeviceKind::Cpu);
            let predictor = recipe.predictor(&setting);
            let x = [0.3; 256];
            let mut noise = [0.0; 256];
            predictor
                .predict_noise(&x, setting.schedule.instant(1), &mut noise)
                .unwrap();
            let counted = measure(|| {
                for t in 1..9 {
                    predictor
                        .predict_noise(&x, setting.schedule.instant(t), &mut noise)
                        .unwrap();
                }
            });
            assert_eq!(counted.count_total, 0, "{}", recipe.name);
        }
    });
}
