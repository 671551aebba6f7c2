#!/usr/bin/env bash
# cmake/java.sh MODULES JAR: puts the jars of a module path into build/java, where the launcher finds them. The folder is replaced as a
# whole and never written into, so a program that runs from the old one keeps its files.
set -eu
modules=$1 jar=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
mkdir -p "$root/build"
fresh=$(mktemp -d "$root/build/java.XXXXXX")
chmod 755 "$fresh"
cp "$modules"/*.jar "$jar" "$fresh/"
if [ -e "$root/build/java" ]; then mv "$root/build/java" "$fresh.old"; fi
mv "$fresh" "$root/build/java"
rm -rf "$fresh.old"
