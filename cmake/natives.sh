#!/usr/bin/env bash
# cmake/natives.sh LIBRARIES TO: lays out the jar with classifier linux-x86_64. io/langevin/natives/linux-x86_64/ holds the library and
# files.sha256 (as sha256sum writes it), by which the loader names its cache folder and checks what it unpacked; the notices are in META-INF.
set -eu
from=$1 to=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
place=$to/io/langevin/natives/linux-x86_64
rm -rf "$to"
mkdir -p "$place" "$to/META-INF"
ln "$from/liblangevin.so" "$place/" 2>/dev/null || cp "$from/liblangevin.so" "$place/"
(cd "$place" && sha256sum ./* | sed 's, \./, ,' >"$to/sums" && mv "$to/sums" files.sha256)
cp "$root/LICENSE" "$root/NOTICE" "$to/META-INF/"
cp -r "$root/licenses" "$to/META-INF/licenses"
