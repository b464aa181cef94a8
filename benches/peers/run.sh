#!/usr/bin/env bash
# Public search spaces, listed by constrint and by what auto-tuners' users would take instead, as one Markdown table; then
# the curve of growing spaces.
#
#   bash benches/peers/run.sh                         beside python-constraint2 and loops written by hand, a minute
#   bash benches/peers/run.sh --gecode --cpsat        also beside Gecode (apt-get install minizinc) and CP-SAT; minutes
#
# --rounds N: runs of ours and of python-constraint2, in turn; Gecode and CP-SAT run once
# --limit SECONDS: for CP-SAT on a space, on the wall
# --out FILE.md: also writes the tables there with the call and the date, where all counts agree, and FILE.svg, FILE.csv
set -euo pipefail

pins=(python-constraint2==2.9.0 ortools==9.15.6755)

call="bash benches/peers/run.sh $*"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/benches/peers
target=${CARGO_TARGET_DIR:-$root/target}
options=() rounds=5 limit=60 out=
while (($#)); do
    case $1 in
    --gecode | --cpsat) options+=("$1") && shift ;;
    --rounds | --limit | --out)
        [[ $# -ge 2 ]] || { echo "$1 needs a value" >&2 && exit 2; }
        printf -v "${1#--}" '%s' "$2" && shift 2
        ;;
    *) echo "unknown option $1: see the head of ${BASH_SOURCE[0]}" >&2 && exit 2 ;;
    esac
done
[[ -z $out || $out == *.md ]] || { echo "--out: give a path that ends in .md, not $out" >&2 && exit 2; }

[[ -z $out || $out == /* ]] || out=$PWD/$out
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
export PYTHONDONTWRITEBYTECODE=1

# A virtual environment below target/, finished or made anew.
python=$root/target/peers/bin/python
if ! "$python" -c "import constraint, ortools" 2>"$temporary/missing.txt"; then
    python3 -m venv --clear "$root/target/peers"
    "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "${pins[@]}" >&2
fi

cd "$root"
commit=$(git describe --always --dirty)
cargo build --quiet --release -p constrint-cli
bench() { cargo bench --quiet --bench spaces -- "$1"; }
bench --nested >"$temporary/nested.json"
bench --text >"$temporary/flashrnn.constrint"
# Empty where FlashRNN has not been downloaded: tests/fetch-flashrnn.sh.
[[ ! -s $temporary/flashrnn.constrint ]] || options+=(--flashrnn "$temporary/flashrnn.constrint")
"$python" "$here/peers.py" "$target/release/constrint" "$temporary" --nested "$temporary/nested.json" \
    --rounds "$rounds" --limit "$limit" "${options[@]}" >"$temporary/table.md"
cat "$temporary/table.md"
bench --curve >"$temporary/curve.csv"
"$python" "$here/curve.py" "$temporary/curve.csv" "$temporary/curve.svg" >"$temporary/curve.md"
echo && cat "$temporary/curve.md"
[[ -n $out ]] || exit 0
plot=$(basename "${out%.md}.svg")
{
    cat <<END
# Solution spaces

$(date +%F), constrint $(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1) of $commit, ${pins[*]}, $(nproc) shared cores.

\`\`\`
$call
\`\`\`

CPU time, user and system, medians of $rounds runs in turn; ratios are of one run. Ours is the whole process, from its start:
\`enumerate\` writes all rows to a CSV file. python-constraint2 lists them in memory, and its time leaves out Python's start
and imports. Gecode's is that of \`fzn-gecode -a\` writing to a file, once, without MiniZinc's flattening; CP-SAT's is with
building the model, once, with one worker and $limit s at most. Peak memory is that of our process, when enumerating or, where
nothing is enumerated, counting.

END
    cat "$temporary/table.md"
    cat <<END

## As the space grows

Each in a process of its own, from the JSON to the diagram that counts, indexes and samples. Grey: what a list would
cost at 40 ns a solution, about what the loops by hand take, or at eight bytes.

![Solutions against CPU time and against bytes]($plot)

END
    cat "$temporary/curve.md"
} >"$temporary/report.md"
mv "$temporary/curve.csv" "${out%.md}.csv"
mv "$temporary/curve.svg" "${out%.md}.svg"
mv "$temporary/report.md" "$out"
