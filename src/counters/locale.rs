//! Counter names in the languages of Windows.
//!
//! Text logs contain names in the machine's language and no indexes. The names here are from real sources only: the
//! registry's name tables of German and Spanish machines, counter lists and logs of French, Russian, Italian and Polish
//! ones. Arabic, Chinese and Japanese Windows log the names of the base counters in English.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Perflib indexes of objects with their names.
const OBJECTS: &[(u32, &[&str])] = &[
    (2, &["System", "Sistema"]),
    (4, &["Arbeitsspeicher", "Memoria", "Mémoire", "Память", "Pamięć"]),
    (230, &["Prozess", "Proceso", "Процесс"]),
    (234, &["Physikalischer Datenträger", "Disco físico"]),
    (238, &["Prozessor", "Procesador"]),
    (330, &["Server", "Servidor"]),
    (510, &["Netzwerkschnittstelle", "Interfaz de red"]),
    (638, &["TCPv4"]),
    (700, &["Auslagerungsdatei", "Archivo de paginación"]),
    (1530, &["TCPv6"]),
    (1814, &["Arbeitsspeicher für NUMA-Knoten", "Memoria de nodo NUMA"]),
];

/// Perflib indexes of counters: of the object, of the counter, and its names.
const COUNTERS: &[(u32, u32, &[&str])] = &[
    (
        4,
        58,
        &[
            "Nicht-Auslagerungsseiten (Bytes)",
            "Bytes de bloque no paginado",
            "Octets de réserve non paginée",
            "Байт в невыгружаемом страничном пуле",
        ],
    ),
    (
        4,
        56,
        &[
            "Auslagerungsseiten (Bytes)",
            "Bytes de bloque paginado",
            "Octets de réserve paginée",
            "Байт в выгружаемом страничном пуле",
        ],
    ),
    (
        4,
        64,
        &[
            "Nichtauslagerungsseiten reserviert",
            "Asignaciones de bloque no paginado",
            "Allocations de réserve non paginée",
        ],
    ),
    (4, 60, &["Auslagerungsseiten reserviert", "Asignaciones de bloque paginado", "Allocations de réserve paginée"]),
    (
        4,
        66,
        &[
            "Auslagerungsseiten: Residente Bytes",
            "Bytes residentes de bloque paginado",
            "Octets résidants de réserve paginée",
        ],
    ),
    (4, 24, &["Verfügbare Bytes", "Bytes disponibles", "Octets disponibles", "Byte disponibili", "Dostępne bajty"]),
    (4, 1380, &["Verfügbare KB", "KB disponibles", "Kilo-octets disponibles"]),
    (4, 1382, &["Verfügbare MB", "Mbytes disponibles", "Mégaoctets disponibles", "Доступно МБ"]),
    (4, 26, &["Zugesicherte Bytes", "Bytes confirmados", "Octets validés", "Byte vincolati", "Zadeklarowane bajty"]),
    (4, 30, &["Zusagegrenze", "Límite de confirmación", "Limite de mémoire dédiée"]),
    (4, 818, &["Cachebytes", "Bytes de caché", "Octets du cache"]),
    (
        4,
        70,
        &[
            "Systemcode: Residente Bytes",
            "Bytes residentes de código del sistema",
            "Octets résidants dans le code système",
        ],
    ),
    (
        4,
        74,
        &[
            "Systemtreiber: Residente Bytes",
            "Bytes residentes de controladores del sistema",
            "Octets résidants dans le pilote système",
        ],
    ),
    (4, 1678, &["Geänderte Seitenliste - Bytes", "Bytes de lista de páginas modificadas"]),
    (
        4,
        678,
        &[
            "Freie Seitentabelleneinträge",
            "Entradas libres de la tabla de páginas del sistema",
            "Entrées libres en table des pages système",
        ],
    ),
    (2, 674, &["Systembetriebszeit", "Tiempo de actividad del sistema"]),
    (2, 248, &["Prozesse", "Procesos"]),
    (2, 250, &["Threads", "Subprocesos"]),
    (234, 218, &["Bytes/s", "Bytes de disco/s"]),
    (238, 6, &["Prozessorzeit (%)", "% de tiempo de procesador"]),
    (330, 314, &["Serversitzungen", "Sesiones del servidor"]),
    (330, 362, &["Geöffnete Dateien", "Archivos abiertos"]),
    (510, 388, &["Gesamtanzahl Bytes/s", "Total de bytes/s"]),
    (638, 642, &["Hergestellte Verbindungen", "Conexiones establecidas"]),
    (700, 702, &["Belegung (%)", "% de uso"]),
    (1530, 642, &["Hergestellte Verbindungen", "Conexiones establecidas"]),
    (1814, 1816, &["MB gesamt", "MBytes totales"]),
    (
        230,
        58,
        &["Nicht-Auslagerungsseiten (Bytes)", "Bytes de bloque no paginado", "Байт в невыгружаемом страничном пуле"],
    ),
    (230, 56, &["Auslagerungsseiten (Bytes)", "Bytes de bloque paginado", "Байт в выгружаемом страничном пуле"]),
    (230, 784, &["Prozesskennung", "Id. de proceso"]),
    (230, 684, &["Verstrichene Zeit", "Tiempo transcurrido"]),
    (230, 186, &["Private Bytes", "Bytes privados"]),
    (230, 952, &["Handleanzahl", "Número de identificadores"]),
    (230, 680, &["Threadanzahl", "Número de subprocesos"]),
    (230, 180, &["Arbeitsseiten", "Espacio de trabajo", "Рабочий набор"]),
];

struct Folded {
    objects: HashMap<String, u32>,
    /// Perflib indexes of counters, by index of the object and folded name.
    counters: HashMap<(u32, String), u32>,
}

/// The tables, by folded name.
static FOLDED: LazyLock<Folded> = LazyLock::new(|| {
    let objects = OBJECTS.iter().flat_map(|(index, names)| names.iter().map(|name| (fold(name), *index)));
    let counters =
        COUNTERS.iter().flat_map(|(object, index, names)| names.iter().map(|n| ((*object, fold(n)), *index)));
    Folded { objects: objects.collect(), counters: counters.collect() }
});

/// The Perflib index of an object's name in any of the languages.
#[must_use]
pub fn object_index(name: &str) -> Option<u32> {
    FOLDED.objects.get(&fold(name)).copied()
}

/// The Perflib index of a counter's name within a known object.
#[must_use]
pub fn counter_index(object: u32, name: &str) -> Option<u32> {
    FOLDED.counters.get(&(object, fold(name))).copied()
}

/// A name without case and accents, because tools between the machine and us change both.
fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_found_first_and_accents_do_not_matter() {
        for (object, counter, expected) in [
            ("Arbeitsspeicher", "Nicht-Auslagerungsseiten (Bytes)", (4, 58)),
            ("MEMOIRE", "Octets de reserve non paginee", (4, 58)),
            ("Proceso", "Numero de identificadores", (230, 952)),
            ("Память", "Байт в невыгружаемом страничном пуле", (4, 58)),
            ("Memoria", "Byte disponibili", (4, 24)),
        ] {
            let index = object_index(object).unwrap();
            assert_eq!((index, counter_index(index, counter)), (expected.0, Some(expected.1)), "{object}");
        }
        assert_eq!(object_index("Disco lógico"), None);
        assert_eq!(counter_index(230, "Zusagegrenze"), None);
    }
}
