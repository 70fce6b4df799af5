#!/usr/bin/env bash
# Fills fuzz/corpus/ with small logs made from the fixtures, to begin from.
set -euo pipefail
cd "$(dirname "$0")/.."
make() { cargo run -q --release -- convert "$@"; }
mkdir -p fuzz/corpus/{blg,csv,zip,events}
for log in fixtures/*.blg; do
    name=$(basename "$log" .blg)
    # Whole objects or wildcards, as they are, then one by one.
    make "$log" --every 40 -o "fuzz/corpus/blg/$name.blg"
    make "$log" --every 60 -c '\Memory\*' -c '\Process(s*)\ID Process' -o "fuzz/corpus/blg/$name-picked.blg"
    make "$log" --every 50 -c '\Memory\Pool*' -c '\Process(s*)\Pool*' -o "fuzz/corpus/csv/$name.csv"
    make "$log" --every 50 -c '\System\*' -o "fuzz/corpus/csv/$name.tsv"
done
printf '"Timestamp","Readings"\n"3/3/2026 2:10:00 AM","\\\\srv\\memory\\available mbytes :\n2048\n"\n' >fuzz/corpus/csv/readings.csv
printf '"Path","CookedValue","Timestamp"\n"\\\\srv\\memory\\x","1","3/3/2026 2:10:00 AM"\n' >fuzz/corpus/csv/samples.csv
python3 - <<'PY'
import zipfile
with zipfile.ZipFile("fuzz/corpus/zip/logs.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.write("fuzz/corpus/csv/load.csv", "logs/load.csv")
    z.write("fuzz/corpus/blg/load-picked.blg", "logs/load.blg")
with zipfile.ZipFile("fuzz/corpus/zip/stored.zip", "w") as z:
    z.write("fuzz/corpus/csv/quiet.tsv", "quiet.tsv")
PY
