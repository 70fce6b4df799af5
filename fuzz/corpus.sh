#!/usr/bin/env bash
# Fills fuzz/corpus/ with small logs made from the fixtures, to begin from.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(tools/program.sh)
make() { "$program" convert "$@"; }
mkdir -p fuzz/corpus/{blg,csv,archive,events,poolmon,pooltag,windbg,driver,dump,analyze,convert,verdict}
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
import gzip, struct, tarfile, zipfile, zlib
with zipfile.ZipFile("fuzz/corpus/archive/logs.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.write("fuzz/corpus/csv/load.csv", "logs/load.csv")
    z.write("fuzz/corpus/blg/load-picked.blg", "logs/load.blg")
with zipfile.ZipFile("fuzz/corpus/archive/stored.zip", "w") as z:
    z.write("fuzz/corpus/csv/quiet.tsv", "quiet.tsv")
for name, mode in [("logs.tar", "w"), ("logs.tgz", "w:gz")]:
    with tarfile.open("fuzz/corpus/archive/" + name, mode) as t:
        t.add("fuzz/corpus/csv/load.csv", "logs/load.csv")
        t.add("fuzz/corpus/blg/load-picked.blg", "l" * 120 + ".blg")
log = open("fuzz/corpus/csv/quiet.csv", "rb").read()[:30000]
open("fuzz/corpus/archive/quiet.csv.gz", "wb").write(gzip.compress(log))
# A cabinet of one block, packed as MSZIP.
deflate = zlib.compressobj(wbits=-15)
block = b"CK" + deflate.compress(log) + deflate.flush()
entry = struct.pack("<IIHHHH", len(log), 0, 0, 0x5C62, 0, 0x20) + b"quiet.csv\0"
data = struct.pack("<IHH", 0, len(block), len(log)) + block
total = 36 + 8 + len(entry) + len(data)
cabinet = b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, total, 0, 44, 0, 3, 1, 1, 1, 0, 0, 0)
cabinet += struct.pack("<IHH", 44 + len(entry), 1, 1) + entry + data
open("fuzz/corpus/archive/logs.cab", "wb").write(cabinet)
# A 7-Zip archive of one file that is not packed, and whose list is not either.
def number(n):
    return b"\xC0" + struct.pack("<H", n) if n < 1 << 21 else b""
name = "quiet.csv\0".encode("utf-16-le")
header = b"\x01\x04\x06\x00\x01\x09" + number(len(log)) + b"\x00\x07\x0b\x01\x00\x01\x01\x00\x0c" + number(len(log))
header += b"\x00\x00\x05\x01\x11" + bytes([len(name) + 1]) + b"\x00" + name + b"\x00\x00"
start = struct.pack("<QQI", len(log), len(header), zlib.crc32(header))
seven = b"7z\xBC\xAF\x27\x1C\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + log + header
open("fuzz/corpus/archive/logs.7z", "wb").write(seven)
PY
# Other evidence: the incident's files, and short ones of each form.
cp fixtures/incident/poolmonlog1.txt fuzz/corpus/poolmon/
printf 'Time,Tag,Type,Allocs,Frees,Diff,Bytes\n2026-03-03 02:10:00,Leak,Nonp,10,2,8,8000\n' >fuzz/corpus/poolmon/table.csv
printf 'rem list\nAfd? - afd.sys - AFD objects\n8042 - i8042prt.sys - keyboard\nBu*  - <unknown> - burn\n' >fuzz/corpus/pooltag/pooltag.txt
cp fixtures/incident/drivers/*.sys fuzz/corpus/driver/
cp fixtures/incident/System.xml fuzz/corpus/events/
printf 'Level\tDate and Time\tSource\tEvent ID\tTask Category\nError\t3/3/2026 5:40:12 AM\tsrv\t2019\tNone\tempty\n' >fuzz/corpus/events/viewer.txt
printf 'TimeCreated  : 3/13/2026 5:40:12 AM\nProviderName : srv\nId           : 2019\nMessage      : x\n' >fuzz/corpus/events/list.txt
cat >fuzz/corpus/windbg/session.txt <<'KD'
Windows 7 Kernel Version 7601 MP (4 procs) Free x64
Debug session time: Tue Mar  3 17:50:00.000 2026 (UTC + 1:00)
0: kd> !vm 1
Physical Memory: 524288 ( 2097152 Kb)
NonPagedPool Usage: 393000 ( 1572000 Kb)
********** Excessive NonPaged Pool Usage *****
0: kd> !poolused 2
 Tag     Allocs         Used     Allocs         Used
 Leak     95000   1556480000          0            0	UNKNOWN pooltag 'Leak'
0: kd> !for_each_module s -a @#Base @#End "Leak"
fffff807`84da1010  4c 65 61 6b ff 15 00 00-00 00 c3 00 00 00 00 00  Leak............
fffff807`84da0000 fffff807`84da7000   myfault    (deferred)
KD
python3 - <<'PY'
header = bytearray(0x3000)
header[:8] = b"PAGEDU64"
header[0xF98] = 1
header[0x88] = 1
header[0xA0] = 1
open("fuzz/corpus/dump/full.dmp", "wb").write(header)
PY
cp fuzz/corpus/{csv,events,poolmon,windbg,archive}/* fuzz/corpus/analyze/
cp fuzz/corpus/{csv,blg}/* fuzz/corpus/convert/
"$program" analyze fixtures/incident --json fuzz/corpus/verdict/incident.json >/dev/null
