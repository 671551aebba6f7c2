package io.langevin.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Finds, loads and checks liblangevin.so, once. Looked for in this order, and the first place that holds it decides:
///
/// 1. system property `langevin.library`: an absolute path;
/// 2. beside the jar of this module, or in `lib` of the runtime image it is part of;
/// 3. the resource folder [Bundle#FOLDER] (the classifier jar `linux-x86_64`), unpacked to a cache folder;
/// 4. the folders of `java.library.path` (LD_LIBRARY_PATH and the system's own).
public final class NativeLibrary {
    /// The property that names the library's file.
    public static final String PROPERTY = "langevin.library";

    static final String FILE = "liblangevin.so";

    private static NativeLibrary loaded;

    private final Path file;
    private final String version;

    private NativeLibrary(Path file, String version) {
        this.file = file;
        this.version = version;
    }

    /// The loaded library. The first call loads it; when that fails, the next call tries again.
    ///
    /// @throws LoadException with a message that names the file, the reason and the fix
    public static synchronized NativeLibrary load() {
        if (loaded == null) {
            refuseOtherPlatforms(System.getProperty("os.name"), System.getProperty("os.arch"));
            loaded = open(find());
        }
        return loaded;
    }

    /// The file it was loaded from.
    public Path file() {
        return file;
    }

    /// What lgv_version says, "0.1.0".
    public String version() {
        return version;
    }

    /// Memory of `bytes` bytes at a native address that the library gave out, readable until `arena` closes: the one place that says how long such memory is.
    public static MemorySegment bounded(MemorySegment address, long bytes, Arena arena) {
        return address.reinterpret(bytes, arena, null);
    }

    /// The text at a `const char*` that the library gave out, at most 4096 bytes long.
    public static String text(MemorySegment address) {
        return address.reinterpret(4096).getString(0);
    }

    static void refuseOtherPlatforms(String system, String processor) {
        boolean x86 = processor.equals("amd64") || processor.equals("x86_64");
        if (!system.equals("Linux") || !x86) {
            throw new LoadException("Langevin runs on Linux on x86-64 processors; this is " + system + " on " + processor, null);
        }
    }

    private static Path find() {
        var looked = new ArrayList<String>();
        String property = System.getProperty(PROPERTY);
        if (property != null) {
            return named(property);
        }
        for (Path folder : nearby()) {
            Path candidate = folder.resolve(FILE);
            if (Files.isRegularFile(candidate)) {
                return candidate;
            }
            looked.add(folder.toString());
        }
        Path unpacked = Bundle.unpack();
        if (unpacked != null) {
            return unpacked.resolve(FILE);
        }
        looked.add("resource " + Bundle.FOLDER);
        for (String folder : System.getProperty("java.library.path", "").split(":")) {
            Path candidate = Path.of(folder).resolve(FILE);
            if (!folder.isEmpty() && Files.isRegularFile(candidate)) {
                return candidate.toAbsolutePath();
            }
        }
        looked.add("java.library.path");
        throw new LoadException(FILE + " was not found (" + String.join(", ", looked) + "). Put the jar with classifier linux-x86_64 beside "
                + "Langevin's, or name the file: -D" + PROPERTY + "=/folder/" + FILE, null);
    }

    private static Path named(String property) {
        Path path = Path.of(property);
        if (!path.isAbsolute()) {
            throw new LoadException("-D" + PROPERTY + "=" + property + " has to be an absolute path; did you mean " + path.toAbsolutePath().normalize() + "?", null);
        }
        if (!Files.isRegularFile(path)) {
            throw new LoadException("-D" + PROPERTY + "=" + property + ": there is no such file", null);
        }
        return path;
    }

    /// The folder of our jar, or `lib` of the image that we are linked into.
    private static List<Path> nearby() {
        CodeSource source = NativeLibrary.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return List.of();
        }
        try {
            URI place = source.getLocation().toURI();
            if ("jrt".equals(place.getScheme())) {
                return List.of(Path.of(System.getProperty("java.home"), "lib"));
            }
            if ("file".equals(place.getScheme())) {
                return List.of(Path.of(place).toAbsolutePath().getParent());
            }
            return List.of();
        } catch (URISyntaxException unusual) {
            return List.of();    // a class loader with locations of its own: the other places are still looked at
        }
    }

    private static NativeLibrary open(Path file) {
        Module module = NativeLibrary.class.getModule();
        String grant = "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
        try {
            System.load(file.toString());
        } catch (IllegalCallerException refused) {
            throw new LoadException("Java does not allow Langevin to call native code. Start it with " + grant, refused);
        } catch (UnsatisfiedLinkError broken) {
            throw new LoadException("cannot load " + file + ": " + reason(file, broken.getMessage()), broken);
        }
        if (SymbolLookup.loaderLookup().find("lgv_abi_version").isEmpty()) {
            throw new LoadException(file + " is not Langevin's library: it has no function lgv_abi_version", null);
        }
        checkAbi(file, Lgv.lgv_abi_version(), Lgv.LGV_ABI_VERSION());
        return new NativeLibrary(file, text(Lgv.lgv_version()));
    }

    static void checkAbi(Path file, int library, int java) {
        if (library != java) {
            throw new LoadException(file + " has C interface " + library + ", these Java classes were made for " + java
                    + ": take both from the same version of Langevin", null);
        }
    }

    /// What the dynamic linker said, and what helps.
    static String reason(Path file, String said) {
        String text = said == null ? "unknown reason" : said;
        String prefix = file + ": ";
        while (text.startsWith(prefix)) {    // the JVM and the dynamic linker both put it there
            text = text.substring(prefix.length());
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("glibc")) {
            return text + ". The C library of this system is older than the one that Langevin was built for: build it here (cmake --preset release)";
        }
        if (lower.contains("cannot open shared object file") && !text.startsWith(file.toString())) {
            String missing = text.substring(0, text.indexOf(':') < 0 ? text.length() : text.indexOf(':'));
            return text + ". Put " + missing + " into " + file.getParent() + ", or install the package that has it";
        }
        if (lower.contains("wrong elf class") || lower.contains("invalid elf header") || lower.contains("file too short")) {
            return text + ". The file is damaged or for another processor: build or fetch it again";
        }
        return text;
    }

    /// The library cannot be used; the message says which file, why, and what to do.
    public static final class LoadException extends RuntimeException {
        private static final long serialVersionUID = 1;

        LoadException(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
