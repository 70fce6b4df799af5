//! Name tables: Perflib index → name in the machine's language.

use std::collections::HashMap;

use super::bytes::{wide_bytes_at, wide_text};

/// The name tables of a log, one per machine.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct NameTables {
    machines: HashMap<String, HashMap<u32, String>>,
}

impl NameTables {
    /// Adds a name table event: machine name, then pairs of index and name. A truncated last pair is dropped.
    pub fn add(&mut self, payload: &[u8]) {
        let mut at = 0;
        let mut next = || {
            let bytes = wide_bytes_at(payload, at).filter(|b| !b.is_empty())?;
            at += bytes.len() + 2;
            Some(wide_text(bytes))
        };
        let Some(machine) = next() else { return };
        let table = self.machines.entry(key(&machine)).or_default();
        while let (Some(index), Some(name)) = (next(), next()) {
            if let Ok(index) = index.parse() {
                table.insert(index, name);
            }
        }
    }

    /// The name of an index on a machine.
    pub fn get(&self, machine: &str, index: u32) -> Option<&str> {
        self.machines.get(&key(machine))?.get(&index).map(String::as_str)
    }

    /// The tables: machine, and its names by index.
    pub fn tables(&self) -> Vec<(String, Vec<(u32, String)>)> {
        let sorted = |table: &HashMap<u32, String>| {
            let mut table: Vec<(u32, String)> = table.iter().map(|(index, name)| (*index, name.clone())).collect();
            table.sort_unstable();
            table
        };
        let mut tables: Vec<_> =
            self.machines.iter().map(|(machine, table)| (machine.clone(), sorted(table))).collect();
        tables.sort_unstable();
        tables
    }

    /// The lowest index of a name, by machine and name in lower case.
    pub fn by_name(&self) -> HashMap<(String, String), u32> {
        let mut found = HashMap::new();
        for (machine, table) in &self.machines {
            for (index, name) in table {
                let lowest = found.entry((machine.clone(), name.to_lowercase())).or_insert(*index);
                *lowest = (*lowest).min(*index);
            }
        }
        found
    }

    /// Number of names of all machines.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.machines.values().map(HashMap::len).sum()
    }
}

/// A machine name as key of the tables.
pub fn key(machine: &str) -> String {
    machine.trim_start_matches('\\').to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_a_cut_one() {
        let mut tables = NameTables::default();
        let texts = ["\\\\Srv", "004", "Memory", "58", "Pool", "x", "y", "007"];
        let payload: Vec<u8> =
            texts.iter().flat_map(|t| t.encode_utf16().chain([0])).flat_map(u16::to_le_bytes).collect();
        tables.add(&payload);
        assert_eq!(tables.get("SRV", 4), Some("Memory"));
        assert_eq!(tables.get("SRV", 58), Some("Pool"));
        assert_eq!(tables.len(), 2);
    }
}
