#!/usr/bin/env bash
# The engine on FlashRNN's problem, beside CP-SAT and ConstrINT where asked for, as one Markdown table.
#
#   bash benches/engine/run.sh                        ours alone, seconds
#   bash benches/engine/run.sh --peers                CP-SAT on all cases, ConstrINT on 12; some ten minutes
#   bash benches/engine/run.sh --peers --constrint 999 --limit 120     ConstrINT on all; hours
#   bash benches/engine/run.sh --tiling               480 random tiling problems beside CP-SAT, and their counts; minutes
#
# --cpsat N, --constrint N: on how many cases, drawn the same each time, a quarter of them infeasible
# --limit SECONDS: CPU time for ConstrINT on a case; with --tiling, time for us and for CP-SAT on a problem
# --out FILE: also writes the table there with the call and the date, where the answers agree
set -euo pipefail

pin=ortools==9.15.6755

call="bash benches/engine/run.sh $*"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
peers=false tiling=false cpsat=999 constrint=12 limit=60 out=
while (($#)); do
    case $1 in
    --peers) peers=true && shift ;;
    --tiling) tiling=true && shift ;;
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

version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
export PYTHONDONTWRITEBYTECODE=1

# The table as it is and, where a file is asked for, there with a head: what it is about, and who took part.
publish() {
    cat "$temporary/table.md"
    [[ -n $out ]] || return 0
    cat - "$temporary/table.md" >"$temporary/report.md" <<END
# $1

$(date +%F), constrint $version, $2, $(nproc) shared cores. $3

\`\`\`
$call
\`\`\`

END
    mv "$temporary/report.md" "$out"
}

if $tiling; then
    install_peers
    (cd "$root" && cargo build --quiet --release -p constrint-cli)
    "$python" "$root/benches/engine/tiling.py" --binary "$root/target/release/constrint" --repeat 3 --limit "$limit" \
        >"$temporary/table.md"
    publish "Random tiling problems" "$pin" "One worker each; the time of the search with building its model for us, of CP-SAT's
solver alone for CP-SAT: the least of three runs. Ratios are problem by problem."
    exit
fi

flashrnn=$(bash "$root/tests/fetch-flashrnn.sh" | tail -n 1)
if $peers; then install_peers; else python=python3; fi
(cd "$root" && cargo bench --quiet --bench engine -- --write "$temporary/cases.jsonl" >"$temporary/ours.txt")
"$python" "$root/benches/engine/peers.py" "$temporary/cases.jsonl" \
    --published "$flashrnn/flashrnn/autotune/constrint.py" --cpsat "$cpsat" --constrint "$constrint" --limit "$limit" \
    >"$temporary/table.md"
publish "The engine on FlashRNN's tiling problem" "$pin, ConstrINT of $(basename "$flashrnn"/*.dist-info .dist-info)" \
    "CPU time, not
time on the wall; ratios are of one run, case by case."
