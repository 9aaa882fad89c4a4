//! DPM-Solver++(2M) (Lu et al. 2022, Algorithm 2).

use super::{PathStep, Step};
use crate::{
    diffusion::{Denoised, Denoiser},
    error::Result,
    rng::Generator,
};

/// x_u = (s_u/s_t) x_t − a_u (e^{−h} − 1) D with h = λ_u − λ_t and D = (1 + 1/2r) x̂0 − (1/2r) x̂0', where
/// x̂0' is what the step before predicted and r = h'/h. The first and the last step have none (D = x̂0).
pub(super) struct Multistep;

impl PathStep for Multistep {
    fn advance(
        &self,
        x: &mut [f64],
        memory: &mut [f64],
        step: &Step,
        denoiser: &dyn Denoiser,
        _: &mut Generator,
    ) -> Result<()> {
        let (from, to) = (step.from.level, step.to.level);
        let predicted = Denoised::new(denoiser, x, step.from)?.x0;
        let h = to.log_snr() - from.log_snr();
        // 1/2r; 0 where there is no step before, or it began without signal.
        let weight = match step.before {
            Some(before) if !step.is_last() => 0.5 * h / (from.log_snr() - before.level.log_snr()),
            _ => 0.0,
        };
        // e^{−h} = s_u a_t/(a_u s_t): finite at both ends.
        let (keep, take) = (
            to.noise / from.noise,
            to.signal - to.noise * from.signal / from.noise,
        );
        for ((x, memory), x0) in x.iter_mut().zip(memory).zip(predicted) {
            let extrapolated = x0 + weight * (x0 - *memory);
            *x = keep * *x + take * extrapolated;
            *memory = x0;
        }
        Ok(())
    }

    fn is_deterministic(&self) -> bool {
        true
    }
}
