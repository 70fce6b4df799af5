//! Instances: numbers them as PDH does, and recognizes them from sample to sample.

use std::collections::HashMap;

/// The instances of one object or wildcard counter, each with a slot number from 0.
///
/// The k-th instance of one name within a sample is displayed as `name#k`. Consecutive samples mostly have the same
/// instances in the same order, which needs no lookup.
#[derive(Debug, Default)]
pub struct Instances {
    names: HashMap<Box<[u8]>, usize>,
    /// By name: its slots by k; the last sample that contains it, and how often.
    seen: Vec<(Vec<usize>, u64, usize)>,
    /// By slot: its name and k.
    slots: Vec<(Box<[u8]>, usize)>,
    /// Slots of the previous sample and of this one, in order.
    before: Vec<usize>,
    now: Vec<usize>,
    in_step: bool,
    sample: u64,
}

impl Instances {
    /// Number of slots.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Starts a sample.
    pub fn begin(&mut self) {
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear();
        self.in_step = true;
        self.sample += 1;
    }

    /// Slot of the next instance in the sample; with the number k among instances of its name if the slot is new.
    pub fn next(&mut self, name: &[u8]) -> (usize, Option<usize>) {
        if self.in_step {
            let place = self.now.len();
            if let Some(&slot) = self.before.get(place)
                && *self.slots[slot].0 == *name
            {
                self.now.push(slot);
                return (slot, None);
            }
            self.in_step = false;
            for place in 0..self.now.len() {
                let id = self.slots[self.now[place]].1;
                self.count(id);
            }
        }
        let id = match self.names.get(name) {
            Some(id) => *id,
            None => {
                self.names.insert(name.into(), self.seen.len());
                self.seen.push((Vec::new(), 0, 0));
                self.seen.len() - 1
            }
        };
        let k = self.count(id);
        let (of_name, _, _) = &mut self.seen[id];
        let slot = match of_name.get(k) {
            Some(slot) => *slot,
            None => {
                // k increases by one, so it is the next free index.
                of_name.push(self.slots.len());
                self.slots.push((name.into(), id));
                self.now.push(self.slots.len() - 1);
                return (self.slots.len() - 1, Some(k));
            }
        };
        self.now.push(slot);
        (slot, None)
    }

    /// Counts a name in this sample; returns how often it occurred before.
    fn count(&mut self, id: usize) -> usize {
        let (_, sample, count) = &mut self.seen[id];
        if *sample != self.sample {
            (*sample, *count) = (self.sample, 0);
        }
        *count += 1;
        *count - 1
    }
}

/// The name as displayed: `svchost`, `svchost#1`, …
pub fn displayed(name: &str, k: usize) -> String {
    if k == 0 { name.to_owned() } else { format!("{name}#{k}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(table: &mut Instances, names: &[&str]) -> Vec<usize> {
        table.begin();
        names.iter().map(|n| table.next(n.as_bytes()).0).collect()
    }

    #[test]
    fn numbers_shift_when_an_earlier_one_ends() {
        let mut t = Instances::default();
        assert_eq!(sample(&mut t, &["a", "s", "s", "b", "s"]), [0, 1, 2, 3, 4]);
        assert_eq!(sample(&mut t, &["a", "s", "s", "b", "s"]), [0, 1, 2, 3, 4]);
        assert_eq!(sample(&mut t, &["a", "s", "b", "s"]), [0, 1, 3, 2], "the last s is s#1 now");
        assert_eq!(sample(&mut t, &["a", "s", "s", "b", "s", "c"]), [0, 1, 2, 3, 4, 5]);
        assert_eq!(t.len(), 6);
    }

    proptest! {
        /// The fast path gives the same result as counting names in every sample.
        #[test]
        fn equals_plain_counting(samples in prop::collection::vec(prop::collection::vec("[abc]", 0..8), 1..12)) {
            let mut table = Instances::default();
            let mut plain: HashMap<(String, usize), usize> = HashMap::new();
            for names in &samples {
                table.begin();
                let mut counts: HashMap<&str, usize> = HashMap::new();
                for name in names {
                    let k = counts.entry(name).or_default();
                    let free = plain.len();
                    let expected = *plain.entry((name.clone(), *k)).or_insert(free);
                    let (slot, new) = table.next(name.as_bytes());
                    prop_assert_eq!(slot, expected);
                    prop_assert_eq!(new, (expected == free).then_some(*k));
                    *k += 1;
                }
            }
        }
    }
}
