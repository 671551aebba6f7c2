#!/usr/bin/env bash
# cmake/java.sh NAME MODULES JAR: puts the jars of a module path into build/java/NAME, where the scripts that run Langevin look for them.
# The folder is replaced as a whole and never written into, so a program that runs from the old one keeps its files.
set -eu
name=$1 modules=$2 jar=$3
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
mkdir -p "$root/build/java"
fresh=$(mktemp -d "$root/build/java/.$name.XXXXXX")
chmod 755 "$fresh"
cp "$modules"/*.jar "$jar" "$fresh/"
# As old as the moment when this build began: what was edited since then is newer.
if [ -e "$root/build/java.started" ]; then touch -r "$root/build/java.started" "$fresh/built"; fi
if [ -e "$root/build/java/$name" ]; then mv "$root/build/java/$name" "$fresh.old"; fi
mv "$fresh" "$root/build/java/$name"
rm -rf "$fresh.old"
