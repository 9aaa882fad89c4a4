//! A trained network for PyTorch: a module to read, its structure and its weights.

use crate::{
    diffusion::{NoiseSchedule, StartLaw},
    model::{MlpConfig, Parameters, PointShape, PortableNetwork, portable_weights},
    points::Affine,
};
use serde::Serialize;

/// The module, which reads the two files beside it.
const MODULE: &str = include_str!("model.py");

/// What is exported of a run.
pub(crate) struct Exported<'a> {
    pub(crate) name: &'a str,
    pub(crate) config: &'a MlpConfig,
    pub(crate) weights: &'a Parameters,
    /// Training steps behind the weights.
    pub(crate) step: usize,
    pub(crate) shape: PointShape,
    pub(crate) schedule: &'a NoiseSchedule,
    pub(crate) affine: &'a Affine,
}

/// What `model.json` holds.
#[derive(Serialize)]
struct Facts<'a> {
    name: &'a str,
    step: usize,
    network: PortableNetwork,
    process: Process,
    data: Data<'a>,
}

/// x_t = a x0 + s ε at t = 0 to T, and the standard deviation of what sampling starts from.
#[derive(Serialize)]
struct Process {
    a: Vec<f64>,
    s: Vec<f64>,
    start: f64,
}

/// Standardised units are (x − shift)/scale.
#[derive(Serialize)]
struct Data<'a> {
    shift: &'a [f64],
    scale: &'a [f64],
}

/// The files, each with its name.
pub(crate) fn files(run: &Exported) -> Vec<(&'static str, Vec<u8>)> {
    let levels: Vec<_> = (0..=run.schedule.num_timesteps())
        .map(|t| run.schedule.level(t))
        .collect();
    let start = crate::diffusion::Start::Standard.law(run.schedule, None);
    let facts = Facts {
        name: run.name,
        step: run.step,
        network: PortableNetwork::new(run.config, run.shape, run.schedule),
        process: Process {
            a: levels.iter().map(|level| level.signal).collect(),
            s: levels.iter().map(|level| level.noise).collect(),
            start: match start {
                StartLaw::Prior { std_dev } => std_dev,
                StartLaw::Law { .. } => 1.0,
            },
        },
        data: Data {
            shift: &run.affine.shift,
            scale: &run.affine.scale,
        },
    };
    let mut json = serde_json::to_vec_pretty(&facts).unwrap_or_default();
    json.push(b'\n');
    vec![
        ("model.py", MODULE.into()),
        ("model.json", json),
        ("model.safetensors", portable_weights(run.weights)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            ClassDenoiser, Classes, Denoiser, Instant, Prediction, Quantity, ScheduleConfig,
        },
        model::{Activation, DeviceKind, Predictor},
        rng::{Purpose, Seed, fill_normal},
        settings::Choice,
    };
    use std::{fs, path::Path, process::Command};

    const POINTS: usize = 1000;
    const TIMESTEPS: usize = 40;

    /// A Python that has PyTorch: the one that `TRUESCORE_PYTHON` names, or the usual one.
    fn python() -> Option<String> {
        let python = std::env::var("TRUESCORE_PYTHON").unwrap_or_else(|_| "python3".into());
        let found = Command::new(&python).args(["-c", "import torch"]).output();
        let is_there = found.is_ok_and(|output| output.status.success());
        if !is_there {
            eprintln!("skipped: `{python}` has no PyTorch");
        }
        is_there.then_some(python)
    }

    /// Every network of the tutorials with every activation, and with classes and other answers.
    fn networks() -> Vec<(MlpConfig, PointShape)> {
        let mut found = vec![];
        for (i, name) in MlpConfig::preset_names().enumerate() {
            for (j, (_, activation)) in Activation::NAMES.iter().enumerate() {
                let prediction = [
                    Prediction::Noise,
                    Prediction::X0,
                    Prediction::V,
                    Prediction::Velocity,
                ][(i + j) % 4];
                let config = MlpConfig {
                    activation: *activation,
                    prediction,
                    ..MlpConfig::preset(name).unwrap()
                };
                let has_classes = j == 0;
                let config = match has_classes {
                    true => MlpConfig {
                        class_conditional: true,
                        class_embedding_dim: Some(match config.conditioning {
                            crate::model::Conditioning::Add => config.hidden_dim,
                            crate::model::Conditioning::Concat => 5,
                        }),
                        ..config
                    },
                    false => config,
                };
                let shape = PointShape {
                    dim: 1 + j % 2,
                    num_classes: if has_classes { 3 } else { 0 },
                    without_class: has_classes,
                };
                found.push((config, shape));
            }
        }
        found
    }

    fn numbers(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
        values.into_iter().flat_map(f64::to_le_bytes).collect()
    }

    /// Writes a network with 1000 questions and our answers.
    fn write(place: &Path, config: &MlpConfig, shape: PointShape, schedule: &NoiseSchedule) {
        let weights = Parameters::init(config, shape, Seed(5));
        let affine = Affine {
            shift: vec![3.0; shape.dim],
            scale: vec![0.5; shape.dim],
        };
        fs::create_dir(place).unwrap();
        for (name, bytes) in files(&Exported {
            name: "test",
            config,
            weights: &weights,
            step: 7,
            shape,
            schedule,
            affine: &affine,
        }) {
            fs::write(place.join(name), bytes).unwrap();
        }
        let mut x = vec![0.0; POINTS * shape.dim];
        fill_normal(&mut Seed(6).stream(Purpose::Forward, 0, 0), &mut x);
        x.iter_mut().for_each(|x| *x = f64::from(*x as f32));
        let predictor = Predictor::new(config, &weights, schedule, shape, DeviceKind::Cpu);
        let t = |i: usize| 1 + i * TIMESTEPS / POINTS;
        let label = |i: usize| (i % (shape.num_classes + 1)) as u32;
        let mut answers = vec![0.0; x.len()];
        for (i, out) in answers.chunks_exact_mut(shape.dim).enumerate() {
            let at: Instant = schedule.instant(t(i));
            let x = &x[i * shape.dim..(i + 1) * shape.dim];
            match shape.num_classes {
                0 => predictor.predict_noise(x, at, out),
                _ => predictor.predict_of(x, at, Classes::Same(label(i)), Quantity::Noise, out),
            }
            .unwrap();
        }
        fs::write(place.join("x"), numbers(x)).unwrap();
        fs::write(place.join("t"), numbers((0..POINTS).map(|i| t(i) as f64))).unwrap();
        let labels = (0..POINTS).map(|i| f64::from(label(i)));
        fs::write(place.join("labels"), numbers(labels)).unwrap();
        fs::write(place.join("noise"), numbers(answers)).unwrap();
    }

    /// Prints the largest difference of every folder, in units of the largest answer.
    const CHECK: &str = "
import importlib.util, sys, torch
from pathlib import Path
torch.set_num_threads(1)
for folder in sorted(Path(sys.argv[1]).iterdir()):
    spec = importlib.util.spec_from_file_location('model', folder / 'model.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load()
    read = lambda name: torch.frombuffer(bytearray((folder / name).read_bytes()), dtype=torch.float64)
    t, labels = read('t').long(), read('labels').long()
    x, noise = read('x').reshape(len(t), -1).float(), read('noise').reshape(len(t), -1)
    with torch.no_grad():
        found = network.noise(x, t, labels).double()
        x0 = network.x0(x, t, labels)
        a, s = network.level(t)
        both = (a * x0 + s * found - x).abs().max()
    drawn = module.sample(network, 10, labels[:10])
    assert drawn.shape == (10, x.shape[1]) and both < 1e-3, both
    print(float((found - noise).abs().max() / noise.abs().max()))
";

    #[test]
    fn pytorch_gives_our_answers() {
        let Some(python) = python() else { return };
        let schedule = ScheduleConfig::Cosine.build(TIMESTEPS).unwrap();
        let space = tempfile::tempdir().unwrap();
        let networks = networks();
        for (i, (config, shape)) in networks.iter().enumerate() {
            write(
                &space.path().join(format!("{i:03}")),
                config,
                *shape,
                &schedule,
            );
        }
        let found = Command::new(python)
            .args(["-c", CHECK])
            .arg(space.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&found.stderr);
        assert!(found.status.success(), "{said}");
        let errors = String::from_utf8_lossy(&found.stdout);
        let errors: Vec<f64> = errors.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(errors.len(), networks.len());
        for (error, (config, _)) in errors.iter().zip(&networks) {
            assert!(*error < 1e-5, "{error} {config:?}");
        }
    }
}
