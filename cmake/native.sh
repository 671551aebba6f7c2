#!/usr/bin/env bash
# The native build, as Maven and the launcher run it:
#     cmake/native.sh library PRESET      liblangevin.so alone (what running needs; no GoogleTest)
#     cmake/native.sh all PRESET          the tests as well
#     cmake/native.sh test PRESET [ctest options]
# The build folder is build/PRESET. Ninja is used where it is installed, make otherwise.
set -eu
what=$1 preset=$2
shift 2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$root/build/$preset
cd "$root"

configure() {
    local generator=()
    # A cache that was made elsewhere (the checkout was moved or copied) or did not get to its end is of no use.
    if [ -e "$folder/CMakeCache.txt" ] && { [ ! -e "$folder/configured" ] ||
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; }; then
        rm -rf "$folder"
    fi
    if [ ! -e "$folder/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
    cmake --preset "$preset" "${generator[@]}" "$@"
    touch "$folder/configured"
}

case $what in
    library)
        # Tests that were configured by hand or by Maven stay configured.
        if [ -e "$folder/configured" ]; then configure; else configure -DLANGEVIN_TESTS=OFF; fi
        cmake --build "$folder" --target langevin --parallel "$(nproc)"
        ;;
    all)
        configure -DLANGEVIN_TESTS=ON
        cmake --build "$folder" --parallel "$(nproc)"
        ;;
    test)
        ctest --preset "$preset" "$@"
        ;;
    *)
        echo "usage: cmake/native.sh library|all|test PRESET [ctest options]" >&2
        exit 2
        ;;
esac
