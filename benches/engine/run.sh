#!/usr/bin/env bash
# The engine on FlashRNN's problem, beside CP-SAT and ConstrINT where asked for, as one Markdown table.
#
#   bash benches/engine/run.sh                        ours alone, seconds
#   bash benches/engine/run.sh --peers                CP-SAT on all cases, ConstrINT on 12; some ten minutes
#   bash benches/engine/run.sh --peers --constrint 999 --limit 120     ConstrINT on all; hours
#
# --cpsat N, --constrint N: on how many cases, drawn the same each time, a quarter of them infeasible
# --limit SECONDS: CPU time for ConstrINT on a case
# --out FILE: also writes the table there with the call and the date, where the answers agree
set -euo pipefail

pin=ortools==9.15.6755

call="bash benches/engine/run.sh $*"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
peers=false cpsat=999 constrint=12 limit=60 out=
while (($#)); do
    case $1 in
    --peers) peers=true && shift ;;
    --cpsat | --constrint | --limit | --out)
        [[ $# -ge 2 ]] || { echo "$1 needs a value" >&2 && exit 2; }
        printf -v "${1#--}" '%s' "$2" && shift 2
        ;;
    *) echo "unknown option $1: see the head of ${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    esac
done
$peers || cpsat=0 constrint=0

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# A virtual environment below target/, finished or made anew.
python=$root/target/peers/bin/python
install_peers() {
    "$python" -c "import ortools" 2>"$temporary/missing.txt" && return
    python3 -m venv --clear "$root/target/peers"
    "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "$pin" >&2
}

flashrnn=$(bash "$root/tests/fetch-flashrnn.sh" | tail -n 1)
if $peers; then install_peers; else python=python3; fi
(cd "$root" && cargo bench --quiet --bench engine -- --write "$temporary/cases.jsonl" >"$temporary/ours.txt")
PYTHONDONTWRITEBYTECODE=1 "$python" "$root/benches/engine/peers.py" "$temporary/cases.jsonl" \
    --published "$flashrnn/flashrnn/autotune/constrint.py" --cpsat "$cpsat" --constrint "$constrint" --limit "$limit" \
    >"$temporary/table.md"
cat "$temporary/table.md"
[[ -n $out ]] || exit 0
cat - "$temporary/table.md" >"$temporary/report.md" <<END
# The engine on FlashRNN's tiling problem

$(date +%F), constrint $(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1), $pin, ConstrINT of $(basename "$flashrnn"/*.dist-info .dist-info), $(nproc) shared cores. CPU time, not
time on the wall; ratios are of one run, case by case.

\`\`\`
$call
\`\`\`

END
mv "$temporary/report.md" "$out"
