#!/usr/bin/env bash
# Instructions that five cases take from text to answer, by callgrind: on a noisy machine they tell what times do not.
#
#   bash benches/engine/instructions.sh            fails where one grew by more than 5% over instructions.txt
#   bash benches/engine/instructions.sh --bless    rewrites instructions.txt
#
# Needs valgrind. Another compiler gives other numbers: measure before and after a change with the same.
set -euo pipefail

# The median by time, the most nodes, the longest linear program, an infeasible search, and one refuted at the root.
cases=(elman-bf16-320x2-b64-a100 elman-f32-2048x48-b24-a100 lstm-f32-1344x6-b8-h100 gru-bf16-2976x24-b16-h100
    lstm-bf16-16x1-b8-a100)
allowed_percent=5

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
expected=$root/benches/engine/instructions.txt
case ${1-} in "" | --bless) ;; *) echo "unknown option $1: --bless or none" >&2 && exit 2 ;; esac

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$root"
bash tests/fetch-flashrnn.sh >"$temporary/flashrnn.txt"
binary=$(cargo bench --quiet --bench engine --no-run --message-format=json |
    python3 -c 'import json, sys
artifacts = [json.loads(line) for line in sys.stdin]
print(*[a["executable"] for a in artifacts if a.get("target", {}).get("name") == "engine" and a.get("executable")])')

# The instructions of answer_text and what it calls; reading FlashRNN's source is not counted.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$temporary/callgrind.out" \
        --toggle-collect=engine::measure::answer_text "$binary" --once "$1" >"$temporary/answer.txt" 2>"$temporary/log.txt" ||
        { cat "$temporary/log.txt" >&2 && exit 2; }
    awk '/Collected/ { print $NF }' "$temporary/log.txt"
}

echo "# $(rustc --version)" >"$temporary/counted.txt"
for case in "${cases[@]}"; do
    instructions=$(count "$case")
    echo "$case $instructions" >>"$temporary/counted.txt"
done

if [[ ${1-} == --bless ]]; then
    cat "$temporary/counted.txt"
    cp "$temporary/counted.txt" "$expected"
    exit
fi
awk -v allowed="$allowed_percent" '
    /^#/ { next }
    NR == FNR { expected[$1] = $2; next }
    !($1 in expected) { printf "%s: %d, not in instructions.txt: --bless adds it\n", $1, $2; grown = 1; next }
    {
        change = ($2 / expected[$1] - 1) * 100
        printf "%s: %d, %+.1f%%\n", $1, $2, change
        if (change > allowed) grown = 1
    }
    END { if (grown) print "more than " allowed "% growth, or a case without a number"; exit grown }
' "$expected" "$temporary/counted.txt"
