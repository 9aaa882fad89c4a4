//! Eight combinations of three causes, each there or removed: what each adds.

/// What can be wrong with a sampler besides the number of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Sampling does not start from q_T.
    Prior,
    /// The network is not the Bayes denoiser.
    Network,
    /// The steps are not those of the exact reverse process.
    Discretisation,
}

impl Cause {
    /// All of them, in the order of the bits of [`Factorial`].
    pub(crate) const ALL: [Self; 3] = [Self::Prior, Self::Network, Self::Discretisation];

    /// Its bit in the index of a combination in which it is there.
    pub(super) fn bit(self) -> usize {
        match self {
            Self::Prior => 1,
            Self::Network => 2,
            Self::Discretisation => 4,
        }
    }
}

/// A distance for each combination of causes, by the sum of the bits of those that are there: 1 prior,
/// 2 network, 4 discretisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Factorial(pub [f64; 8]);

impl Factorial {
    /// With all causes.
    pub(crate) fn total(&self) -> f64 {
        self.0[7]
    }

    /// With this cause alone, all others removed.
    pub(crate) fn alone(&self, cause: Cause) -> f64 {
        self.0[cause.bit()]
    }

    /// With this cause removed.
    pub(crate) fn without(&self, cause: Cause) -> f64 {
        self.0[7 - cause.bit()]
    }

    /// The main effect of a cause: what it adds, on average over the four combinations of the others (the
    /// contrast of a 2³ factorial design).
    pub(crate) fn main_effect(&self, cause: Cause) -> f64 {
        self.added(cause).map(|(_, added)| added).sum::<f64>() / 4.0
    }

    /// How much more two causes add together than one by one, on average over the third; negative where
    /// they cancel.
    pub(crate) fn interaction(&self, a: Cause, b: Cause) -> f64 {
        let cells = &self.0;
        let both = a.bit() | b.bit();
        let excess =
            |i: usize| cells[i | both] - cells[i | a.bit()] - cells[i | b.bit()] + cells[i];
        (0..8).filter(|i| i & both == 0).map(excess).sum::<f64>() / 2.0
    }

    /// The share of a cause in the total: what it adds when the causes come in one after the other,
    /// averaged over all orders (Shapley 1953). The shares sum to the total less cell 0.
    pub(crate) fn share(&self, cause: Cause) -> f64 {
        let weighted = |(before, added): (u32, f64)| {
            // |S|!(2 − |S|)!/3!
            let weight = if before == 1 { 1.0 / 6.0 } else { 1.0 / 3.0 };
            weight * added
        };
        self.added(cause).map(weighted).sum()
    }

    /// The cause with the largest share.
    pub(crate) fn largest_share(&self) -> Cause {
        let by_share = |a: &Cause, b: &Cause| self.share(*a).total_cmp(&self.share(*b));
        let largest = Cause::ALL.into_iter().max_by(by_share);
        largest.expect("there are three causes")
    }

    /// What a cause adds to each combination of the others, with their number.
    fn added(&self, cause: Cause) -> impl Iterator<Item = (u32, f64)> + '_ {
        let others = (0..8usize).filter(move |i| i & cause.bit() == 0);
        others.map(move |i| (i.count_ones(), self.0[i | cause.bit()] - self.0[i]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effects_are_those_of_a_factorial_design() {
        // 1·prior + 2·network + 4·discretisation + 3·prior·network.
        let value = |i: usize| i as f64 + if i & 3 == 3 { 3.0 } else { 0.0 };
        let found = Factorial(std::array::from_fn(value));
        assert_eq!(found.main_effect(Cause::Prior), 2.5);
        assert_eq!(found.interaction(Cause::Prior, Cause::Network), 3.0);
        assert_eq!(found.interaction(Cause::Prior, Cause::Discretisation), 0.0);
        assert!((found.share(Cause::Network) - 3.5).abs() < 1e-14);
        assert_eq!(
            (found.alone(Cause::Prior), found.without(Cause::Prior)),
            (1.0, 6.0)
        );
        assert_eq!(found.largest_share(), Cause::Discretisation);
        let shares: f64 = Cause::ALL.iter().map(|cause| found.share(*cause)).sum();
        assert!((shares - found.total()).abs() < 1e-14);
    }
}
