# For the scripts that run Langevin from a checkout (langevin, tests/parity/run): finds JDK 25, builds what is missing or older than its
# sources, says so on stderr, and becomes the program. A start with nothing to do starts neither Maven nor CMake. To be sourced:
#
#     root=/folder/of/the/checkout
#     . "$root/cmake/launch.sh"
#     need_native library                      build/release/lib/liblangevin.so      (parity: and the program lgv_parity)
#     need_java cli                            the module path build/java/cli        (parity: build/java/parity)
#     run_java cli MODULE/CLASS ARGUMENT...

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    local line
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}

# ---- the JDK ----

java_version() {                               # of the JDK in folder $1, empty when it is none. From its release file: starting java takes longer
    local line
    [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
    while IFS= read -r line; do
        if [[ $line =~ ^JAVA_VERSION=\"([0-9]+) ]]; then
            printf '%s' "${BASH_REMATCH[1]}"
            return 0
        fi
    done <"$1/release"
}

need_jdk() {                                   # sets jdk
    [ -z "${jdk-}" ] || return 0
    local home version path found=
    path=$(type -P java) && path=$(readlink -f "$path")
    for home in "${JAVA_HOME-}" "${JAVA25_HOME-}" /usr/lib/jvm/* "${path%/bin/java}"; do
        [ -n "$home" ] || continue
        version=$(java_version "$home")
        if [ -z "$version" ]; then continue; fi
        if [ "$version" -ge 25 ] && [ -x "$home/bin/javac" ]; then
            jdk=$home
            return 0
        fi
        [ -x "$home/bin/javac" ] || version="$version without a compiler"
        home=$(readlink -f "$home")
        case $found in *"($home)"*) ;; *) found="$found${found:+, }Java $version ($home)" ;; esac
    done
    fail "Langevin needs JDK 25 or newer; this machine has ${found:-none}." \
        "Install one:  apt install openjdk-25-jdk     where the distribution has it" \
        "         or:  apt install temurin-25-jdk     from Eclipse Adoptium's package repository (adoptium.net), for Debian 12 and others" \
        "or name one:  export JAVA_HOME=/folder/of/a/jdk-25"
}

# ---- what is missing or older than its sources ----

older() {                                      # older STAMP SOURCE...: whether something in the sources is newer than the stamp, or there is no stamp
    local stamp=$1
    shift
    [ -e "$stamp" ] || return 0
    [ -n "$(cd "$root" && find "$@" -newer "$stamp" -print -quit 2>/dev/null)" ]
}

native_is_old() {
    local sources=(CMakeLists.txt CMakePresets.json cmake native/CMakeLists.txt native/include native/src)
    [ "$1" = library ] || sources+=("native/tests/$1")
    older "$root/build/release/built-$1" "${sources[@]}"
}

java_modules() {                               # what the image $1 is made of
    echo bindings java/langevin
    if [ "$1" = cli ]; then echo java/langevin-data java/langevin-train java/langevin-evaluate; fi
    echo "java/langevin-$1"
}

java_is_old() {
    local module sources=(pom.xml cmake/java.sh)
    for module in $(java_modules "$1"); do sources+=("$module/pom.xml" "$module/src/main"); done
    older "$root/build/java/$1/built" "${sources[@]}" bindings/src/generated
}

# ---- building ----

need_tools() {                                 # need_tools COMMAND=PACKAGE...
    local pair commands=() packages=()
    for pair in "$@"; do
        type -P "${pair%%=*}" >/dev/null && continue
        commands+=("${pair%%=*}")
        packages+=("${pair#*=}")
    done
    if [ ${#commands[@]} -gt 0 ]; then
        fail "building Langevin needs ${commands[*]}, which this machine does not have." "Install:  apt install ${packages[*]}"
    fi
}

maven() { JAVA_HOME=$jdk JAVA25_HOME=$jdk mvn -B "$@"; }

build_native() { cmake/native.sh "$1" release; }

build_java() {
    maven -pl "$(java_modules "$1" | tr -s ' \n' ',,' | sed 's/,$//')" -DskipTests -Dmaven.test.skip=true package || return
    if [ "$1" = cli ]; then cache_classes; fi
}

# building WORDS LOG COMMAND...: one line on stderr with the time it took; when it fails, the end of the log and where all of it is.
building() {
    local words=$1 log=$2 start=$SECONDS
    shift 2
    printf 'building %s (once) ... ' "$words" >&2
    if (cd "$root" && "$@") >"$log" 2>&1 </dev/null; then
        printf '%d s\n' $((SECONDS - start)) >&2
        return 0
    fi
    printf 'failed after %d s\n' $((SECONDS - start)) >&2
    grep -E 'error:|^\[ERROR\] .*\.java:|CMake Error' "$log" | sort -u | head -5 >&2
    echo "the last lines of $log:" >&2
    sed -E 's/\x1b\[[0-9;]*m//g; s/ -> \[Help 1\]$//' "$log" |
        grep -vE '^\[INFO\]|^(\[ERROR\])? *$|^WARNING: |\[Help 1\]|[Rr]e-run Maven|For more information|After correcting|mvn <args>' | tail -20 >&2
    if grep -qE 'Could not transfer|Unknown host|in offline mode|Could not (find artifact|resolve dependencies)' "$log"; then
        fail "Maven could not fetch what the build needs (above). The first build needs the network, or a Maven repository that has it" \
            "(a proxy or a mirror is set in ~/.m2/settings.xml). Later starts need neither."
    fi
    fail "$words did not build; all of it is in $log"
}

# One start builds, others that come meanwhile wait for it and find nothing left to do.
locked() {
    mkdir -p "$root/build" 2>/dev/null && [ -w "$root/build" ] ||
        fail "cannot write to $root/build, where Langevin is built. Give write permission, or build as the owner of that folder first."
    need_jdk
    exec 9>"$root/build/launch.lock"
    if ! flock -n 9; then
        [ -n "${waited-}" ] || echo "waiting for another start, which is building ..." >&2
        waited=yes
        flock 9
    fi
    "$@" 9>&-
    exec 9>&-
}

native_now() {
    native_is_old "$1" || return 0
    local tools=(cmake=cmake g++=g++)
    type -P ninja >/dev/null || tools+=(make=make)
    [ -d "$root/build/java" ] || tools+=(mvn=maven)        # not needed yet, but soon: all that is missing is said at once
    need_tools "${tools[@]}"
    building "the native library" "$root/build/native.log" build_native "$1"
}

java_now() {
    java_is_old "$1" || return 0
    need_tools mvn=maven
    touch "$root/build/java.started"
    building "the Java side" "$root/build/java.log" build_java "$1"
}

need_native() { if native_is_old "$1"; then locked native_now "$1"; fi; }
need_java() { if java_is_old "$1"; then locked java_now "$1"; fi; }

# ---- running ----

# java with what every run has. All computing is native: a plain collector and a cache of loaded classes are what a quick start needs.
java_options() {                               # sets options, for image $1
    options=(-XX:+UseSerialGC "-Xlog:aot*=off,cds*=off" --enable-native-access=io.langevin.bindings -Djava.awt.headless=true
        "-Dlangevin.library=$root/build/release/lib/liblangevin.so" "-Dlangevin.home=$root" -p "$root/build/java/$1")
}

# Runs the shipped model once, shortly, and keeps what Java loaded for it in build/java/cli/classes.aot: half of the start-up time.
# Starting without it is only slower, so a failure is a line in the log.
cache_classes() {
    local options
    java_options cli
    "$jdk/bin/java" -XX:AOTCacheOutput="$root/build/java/cli/classes.aot" "${options[@]}" -m io.langevin.cli/io.langevin.cli.Main \
        sample "$root/models/mnist.safetensors" --count 1 --steps 2 --out "$root/build/java/first.png" ||
        echo "no cache of classes was made; starting will take a little longer"
    rm -f "$root/build/java/first.png"
}

run_java() {
    need_jdk
    local image=$1 main=$2 options
    shift 2
    java_options "$image"
    if [ -e "$root/build/java/$image/classes.aot" ]; then options+=(-XX:AOTCache="$root/build/java/$image/classes.aot"); fi
    exec "$jdk/bin/java" "${options[@]}" -m "$main" "$@"
}
