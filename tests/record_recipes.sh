#!/usr/bin/env bash
# Has the cassettes of `examples/recipes` recorded anew, and its tools where their declarations were changed: to be run when
# the rules for bodies, or the example, are other ones. The provider is a stand-in that answers with
# `examples/recipes/tests/bodies`.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --quiet --package anvil-tests --bin stand_in
exec {answers}< <(exec "${CARGO_TARGET_DIR:-target}/debug/stand_in" examples/recipes/tests/bodies)
stand_in=$!
trap 'kill "$stand_in"' EXIT
read -r base <&"$answers"

export ANVIL_PROVIDER=chat_completions ANVIL_BASE_URL=$base ANVIL_MODEL=stand-in-1

rm -rf examples/recipes/tests/cassettes
ANVIL_CASSETTE=record cargo test --package recipes --test with_a_cassette
cargo test --package recipes --test with_a_cassette

cargo run --package recipes -- examples/recipes/pancakes.txt
