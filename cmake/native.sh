#!/usr/bin/env bash
# The native build, as Maven and the launcher run it:
#     cmake/native.sh library PRESET      liblangevin.so alone (what running needs; no GoogleTest)
#     cmake/native.sh parity PRESET       that and lgv_parity, the C++ half of tests/parity
#     cmake/native.sh all PRESET          the tests as well
#     cmake/native.sh test PRESET [ctest options]
#     cmake/native.sh emulator PRESET N [ctest options]      the tests of the kernels on the emulator, checked, in N orders that nobody has seen
#     cmake/native.sh mutate PRESET SECONDS [options of native/simt/mutation/mutate]      whether those tests find bugs that are planted in the kernels
# Options of CMake (-DLANGEVIN_CUDA=fetch) may follow the first three.
# The build folder is build/PRESET. Ninja is used where it is installed, make otherwise.
set -eu
what=$1 preset=$2
shift 2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$root/build/$preset
cd "$root"
# One build at a time in a folder: Maven and the launcher may come together.
mkdir -p build
exec 8>"$folder.lock"
flock 8

# A cache that was made elsewhere (the checkout was moved or copied) or did not get to its end is of no use.
usable() { [ -e "$folder/configured" ] && grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; }

configure() {
    local generator=()
    if [ -e "$folder/CMakeCache.txt" ] && ! usable; then rm -rf "$folder"; fi
    if [ ! -e "$folder/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
    cmake --preset "$preset" "${generator[@]}" "$@"
    touch "$folder/configured"
}

# Marks what was built for the launcher, as old as the moment when the build began: what was edited since then is newer.
mark() {
    local one
    for one in "$@"; do touch -r "$folder/started" "$folder/built-$one"; done
}

begin() {
    if [ $# -gt 0 ] || ! usable; then configure "$@"; fi
    touch "$folder/started"
}

compile() { cmake --build "$folder" --parallel "$(nproc)" "$@"; }

case $what in
    library)
        # Tests that were configured before stay configured.
        if usable; then begin "$@"; else begin -DLANGEVIN_TESTS=OFF "$@"; fi
        compile --target langevin
        mark library
        ;;
    parity)
        if usable; then begin "$@"; else begin -DLANGEVIN_TESTS=OFF "$@"; fi
        compile --target langevin lgv_parity
        mark library parity
        ;;
    all)
        begin -DLANGEVIN_TESTS=ON "$@"
        compile
        compile --target lgv_parity
        mark library parity
        ;;
    test)
        ctest --preset "$preset" --parallel "$(nproc)" "$@"
        ;;
    emulator)
        count=$1
        shift
        for ((i = 0; i < count; ++i)); do
            seed=$(date +%s%N | sed -E 's/.*(.{9}).{3}$/\1/; s/^0+//')
            export SIMT_SEED=$seed SIMT_CHECK=1
            cmake/stage.sh run "kernels on the emulator, seed $seed" ctest --preset "$preset" --parallel "$(nproc)" -L simt "$@" || {
                echo "again:  SIMT_SEED=$seed SIMT_CHECK=1 ctest --preset $preset -L simt --rerun-failed" >&2
                exit 1
            }
        done
        ;;
    mutate)
        seconds=$1
        shift
        begin
        compile --target lgv_simt_tests lgv_simt_conformance
        nvcc=$(sed -n 's/^LANGEVIN_NVCC_USED:INTERNAL=//p' "$folder/CMakeCache.txt")    # none: mutants of the inline PTX are left out
        native/simt/mutation/mutate --source "$root" --build "$folder" --nvcc "$nvcc" --seconds "$seconds" "$@"
        ;;
    *)
        echo "usage: cmake/native.sh library|parity|all PRESET [CMake options], test PRESET [ctest options], emulator PRESET N [ctest options] or mutate PRESET SECONDS" >&2
        exit 2
        ;;
esac
