package io.langevin.bindings;

import io.langevin.bindings.NativeLibrary.LoadException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/// The native libraries that travel as resources. [#INDEX] lists them as sha256sum does (64 hex digits, two spaces, name). They are unpacked to
/// `<cache>/<first 16 digits of the index's own hash>/`, under a lock, and checked by their hashes each time: a file that is half written, or that
/// somebody changed, is written again. `<cache>` is system property `langevin.cache`, else `$XDG_CACHE_HOME/langevin`, else `~/.cache/langevin`.
final class Bundle {
    static final String FOLDER = "/io/langevin/natives/linux-x86_64/";
    static final String INDEX = FOLDER + "files.sha256";
    static final String CACHE_PROPERTY = "langevin.cache";

    private Bundle() {
    }

    /// The folder that holds the unpacked files, or null when no jar brings them.
    static Path unpack() {
        byte[] index = read(INDEX);
        return index == null ? null : unpack(index, cache(), Bundle::read);
    }

    interface Source {
        byte[] read(String resource);
    }

    static Path unpack(byte[] index, Path cache, Source source) {
        Map<String, String> files = parse(index);
        Path folder = cache.resolve(sha256(index).substring(0, 16));
        try {
            if (complete(folder, files)) {
                return folder;
            }
            Files.createDirectories(folder);
            Path lock = cache.resolve(folder.getFileName() + ".lock");
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock();    // until the channel closes
                for (var file : files.entrySet()) {
                    write(folder, file.getKey(), file.getValue(), source);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new LoadException("cannot unpack the native library to " + folder + " (" + e + "). Name a folder that can be written, -D" + CACHE_PROPERTY
                    + "=FOLDER, or unpack the jar yourself and name the file: -D" + NativeLibrary.PROPERTY + "=/folder/" + NativeLibrary.FILE, e);
        }
    }

    private static void write(Path folder, String name, String hash, Source source) throws IOException {
        Path target = folder.resolve(name);
        if (matches(target, hash)) {
            return;    // another process wrote it while we waited for the lock
        }
        byte[] content = source.read(FOLDER + name);
        if (content == null || !sha256(content).equals(hash)) {
            throw new LoadException("resource " + FOLDER + name + (content == null ? " is missing" : " does not have the hash that " + INDEX + " states")
                    + ": the jar is damaged, fetch it again", null);
        }
        Path part = Files.createTempFile(folder, name, ".part");
        try {
            Files.write(part, content);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static boolean complete(Path folder, Map<String, String> files) throws IOException {
        for (var file : files.entrySet()) {
            if (!matches(folder.resolve(file.getKey()), file.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean matches(Path file, String hash) throws IOException {
        return Files.isRegularFile(file) && sha256(Files.readAllBytes(file)).equals(hash);
    }

    private static Map<String, String> parse(byte[] index) {
        var files = new LinkedHashMap<String, String>();
        for (String line : new String(index, StandardCharsets.UTF_8).lines().toList()) {
            if (!line.matches("[0-9a-f]{64}  [A-Za-z0-9._+-]+")) {
                throw new LoadException("resource " + INDEX + " has the line '" + line + "': the jar is damaged, fetch it again", null);
            }
            files.put(line.substring(66), line.substring(0, 64));
        }
        return files;
    }

    private static byte[] read(String resource) {
        // The classifier jar is a module of its own, or on the class path: its loader finds what our own module does not hold.
        URL url = Bundle.class.getResource(resource);
        if (url == null && Bundle.class.getClassLoader() != null) {
            url = Bundle.class.getClassLoader().getResource(resource.substring(1));
        }
        if (url == null) {
            return null;
        }
        try (InputStream in = url.openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new LoadException("cannot read " + url + ": " + e.getMessage(), e);
        }
    }

    static Path cache() {
        String property = System.getProperty(CACHE_PROPERTY);
        if (property != null) {
            return Path.of(property).toAbsolutePath();
        }
        String xdg = System.getenv("XDG_CACHE_HOME");
        return xdg != null && Path.of(xdg).isAbsolute() ? Path.of(xdg, "langevin") : Path.of(System.getProperty("user.home"), ".cache", "langevin");
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
