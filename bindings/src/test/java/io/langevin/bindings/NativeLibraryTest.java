package io.langevin.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.bindings.NativeLibrary.LoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    private Path folder;

    @Test
    void the_library_of_the_build_loads_and_says_its_version() {
        NativeLibrary library = NativeLibrary.load();
        assertTrue(library.version().matches("\\d+\\.\\d+\\.\\d+"), library.version());
        assertEquals(Repository.LIBRARY, library.file());
    }

    @Test
    void another_system_or_processor_is_refused_by_name() {
        assertEquals("Langevin runs on Linux on x86-64 processors; this is Mac OS X on aarch64",
                assertThrows(LoadException.class, () -> NativeLibrary.refuseOtherPlatforms("Mac OS X", "aarch64")).getMessage());
        assertThrows(LoadException.class, () -> NativeLibrary.refuseOtherPlatforms("Linux", "aarch64"));
        NativeLibrary.refuseOtherPlatforms("Linux", "amd64");
    }

    @Test
    void another_abi_is_refused_with_both_numbers_and_the_file() {
        String message = assertThrows(LoadException.class, () -> NativeLibrary.checkAbi(Path.of("/x/liblangevin.so"), 3, 1)).getMessage();
        assertEquals("/x/liblangevin.so has C interface 3, these Java classes were made for 1: take both from the same version of Langevin", message);
    }

    @Test
    void a_missing_dependency_is_named_with_the_fix() {
        Path file = Path.of("/opt/langevin/liblangevin.so");
        assertEquals("libgcc_s.so.1: cannot open shared object file: No such file or directory. Put libgcc_s.so.1 into /opt/langevin, or install the package that has it",
                NativeLibrary.reason(file, "/opt/langevin/liblangevin.so: libgcc_s.so.1: cannot open shared object file: No such file or directory"));
        assertTrue(NativeLibrary.reason(file, "/lib/libc.so.6: version `GLIBC_2.99' not found (required by x)").contains("older than the one"));
    }

    @Test
    void a_property_that_is_no_absolute_path_is_refused_with_the_path_that_was_meant() throws Exception {
        assertTrue(load(List.of("-Dlangevin.library=lib/liblangevin.so")).contains("has to be an absolute path; did you mean /"));
    }

    @Test
    void a_property_that_names_no_file_is_refused() throws Exception {
        assertEquals("-Dlangevin.library=/nowhere/liblangevin.so: there is no such file", load(List.of("-Dlangevin.library=/nowhere/liblangevin.so")));
    }

    @Test
    void a_file_that_is_no_library_is_refused_with_the_reason() throws Exception {
        Path text = Files.writeString(folder.resolve("liblangevin.so"), "this is a text, and long enough to hold the header of an ELF file that it is not");
        String message = load(List.of("-Dlangevin.library=" + text));
        assertTrue(message.startsWith("cannot load " + text + ": ") && message.contains("The file is damaged or for another processor"), message);
    }

    @Test
    void a_library_that_is_somebody_elses_is_refused() throws Exception {
        Path other = Repository.LIBRARY.resolveSibling("libabi_table.so");
        assertEquals(other + " is not Langevin's library: it has no function lgv_abi_version", load(List.of("-Dlangevin.library=" + other)));
    }

    @Test
    void without_native_access_the_flag_is_named() throws Exception {
        String message = load(List.of("-Dlangevin.library=" + Repository.LIBRARY, "--illegal-native-access=deny"), false);
        assertEquals("Java does not allow Langevin to call native code. Start it with --enable-native-access=ALL-UNNAMED", message);
    }

    @Test
    void without_any_library_the_places_and_the_fix_are_named() throws Exception {
        String message = load(List.of("-Djava.library.path=" + folder));
        assertTrue(message.startsWith("liblangevin.so was not found (") && message.contains("-Dlangevin.library="), message);
    }

    @Test
    void the_library_path_is_the_last_resort() throws Exception {
        assertTrue(load(List.of("-Djava.library.path=" + Repository.LIBRARY.getParent())).endsWith("from " + Repository.LIBRARY));
    }

    @Test
    void the_classifier_jar_is_unpacked_and_loaded() throws Exception {
        Path natives = folder.resolve("natives");
        Path place = Files.createDirectories(natives.resolve(Bundle.FOLDER.substring(1)));
        var index = new StringBuilder();
        try (var files = Files.list(Repository.LIBRARY.getParent())) {
            for (Path file : files.filter(f -> f.getFileName().toString().matches("liblangevin\\.so")).toList()) {
                Files.copy(file, place.resolve(file.getFileName()));
                index.append(Bundle.sha256(Files.readAllBytes(file))).append("  ").append(file.getFileName()).append('\n');
            }
        }
        Files.writeString(place.resolve("files.sha256"), index);
        String message = load(List.of("-Dlangevin.cache=" + folder.resolve("cache")), true, natives);
        String hash = Bundle.sha256(index.toString().getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        assertTrue(message.endsWith("from " + folder.resolve("cache").resolve(hash).resolve("liblangevin.so")), message);
    }

    @Test
    void a_bundle_is_unpacked_once_and_mended_when_it_was_changed() throws IOException {
        Map<String, byte[]> resources = Map.of(Bundle.FOLDER + "a.so", new byte[] {1, 2, 3}, Bundle.FOLDER + "b.so", new byte[] {4});
        byte[] index = (Bundle.sha256(new byte[] {1, 2, 3}) + "  a.so\n" + Bundle.sha256(new byte[] {4}) + "  b.so\n").getBytes(StandardCharsets.UTF_8);
        Path unpacked = Bundle.unpack(index, folder, resources::get);
        Path a = unpacked.resolve("a.so");
        Files.setLastModifiedTime(a, FileTime.fromMillis(1000));
        assertEquals(unpacked, Bundle.unpack(index, folder, resource -> {
            throw new AssertionError("read again: " + resource);
        }));
        Files.write(a, new byte[] {9});
        Bundle.unpack(index, folder, resources::get);
        assertEquals(3, Files.size(a));
        assertNotEquals(1000, Files.getLastModifiedTime(a).toMillis());
    }

    @Test
    void a_damaged_jar_is_refused_by_name() {
        byte[] index = (Bundle.sha256(new byte[] {1}) + "  a.so\n").getBytes(StandardCharsets.UTF_8);
        assertTrue(assertThrows(LoadException.class, () -> Bundle.unpack(index, folder, resource -> new byte[] {2})).getMessage().contains("does not have the hash"));
        assertTrue(assertThrows(LoadException.class, () -> Bundle.unpack(index, folder, resource -> null)).getMessage().contains("is missing"));
        byte[] escape = (Bundle.sha256(new byte[] {1}) + "  ../a.so\n").getBytes(StandardCharsets.UTF_8);
        assertTrue(assertThrows(LoadException.class, () -> Bundle.unpack(escape, folder, resource -> new byte[] {1})).getMessage().contains("damaged"));
    }

    @Test
    void a_cache_that_cannot_be_written_is_named_with_both_properties() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        byte[] index = (Bundle.sha256(new byte[] {1}) + "  a.so\n").getBytes(StandardCharsets.UTF_8);
        String message = assertThrows(LoadException.class, () -> Bundle.unpack(index, file, resource -> new byte[] {1})).getMessage();
        assertTrue(message.contains("-Dlangevin.cache=") && message.contains("-Dlangevin.library=") && message.contains(file.toString()), message);
    }

    private String load(List<String> options) throws Exception {
        return load(options, true);
    }

    /// What a JVM of its own says when it loads the library, on the class path.
    private String load(List<String> options, boolean grant, Path... more) throws Exception {
        var path = new StringBuilder(Repository.ROOT.resolve("bindings/target/classes") + ":" + Repository.ROOT.resolve("bindings/target/test-classes"));
        for (Path extra : more) {
            path.append(':').append(extra);
        }
        var command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", path.toString()));
        if (grant) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(options);
        command.add(LoadMain.class.getName());
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the JVM hangs");
        return Files.readString(output).strip().lines().reduce("", (before, line) -> line);    // warnings of the JVM come first
    }
}
