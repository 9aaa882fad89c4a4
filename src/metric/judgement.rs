//! Whether a perfect model might well have a metric's value.

use super::value::MetricValue;

/// What the noise of a finite number of samples lets one say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Within the 99 % bound of a perfect model.
    Indistinguishable,
    /// Beyond it, of a metric that has a better side.
    WorseThanNoise,
    /// Beyond it, of a metric that is best at its truth.
    DiffersByMoreThanNoise,
}

impl MetricValue {
    /// The judgement of a metric for which larger is better, smaller (`Some(false)`) or neither (`None`);
    /// nothing where there is no bound, or no value.
    pub fn judgement(&self, larger_is_better: Option<bool>) -> Option<Judgement> {
        let (value, bound) = (self.value?, self.noise_bound?);
        let is_within = match larger_is_better {
            Some(false) => value <= bound,
            Some(true) => value >= bound,
            None => (value - self.truth?).abs() <= bound,
        };
        Some(match (is_within, larger_is_better) {
            (true, _) => Judgement::Indistinguishable,
            (false, Some(_)) => Judgement::WorseThanNoise,
            (false, None) => Judgement::DiffersByMoreThanNoise,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_judged_by_its_bound_on_its_side() {
        let value = |value, noise_bound| MetricValue {
            value,
            noise_bound,
            truth: Some(-1.0),
            ..MetricValue::default()
        };
        let judged = |v, larger| value(Some(v), Some(0.5)).judgement(larger);
        assert_eq!(judged(0.4, Some(false)), Some(Judgement::Indistinguishable));
        assert_eq!(judged(0.6, Some(false)), Some(Judgement::WorseThanNoise));
        assert_eq!(judged(0.6, Some(true)), Some(Judgement::Indistinguishable));
        assert_eq!(judged(0.4, Some(true)), Some(Judgement::WorseThanNoise));
        assert_eq!(judged(-1.4, None), Some(Judgement::Indistinguishable));
        let differs = Some(Judgement::DiffersByMoreThanNoise);
        assert_eq!((judged(-1.6, None), judged(-0.4, None)), (differs, differs));
        assert_eq!(value(None, Some(0.5)).judgement(None), None);
        assert_eq!(value(Some(0.4), None).judgement(Some(false)), None);
    }
}
