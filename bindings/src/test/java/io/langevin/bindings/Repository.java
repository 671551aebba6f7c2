package io.langevin.bindings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// Files that the checks read, and what they read out of them.
final class Repository {
    static final Path ROOT = Path.of(System.getProperty("langevin.root", "..")).toAbsolutePath().normalize();
    static final Path HEADER = ROOT.resolve("native/include/langevin.h");
    static final Path LIBRARY = Path.of(System.getProperty(NativeLibrary.PROPERTY, ROOT.resolve("build/release/lib/liblangevin.so").toString()));

    private static final Pattern COMMENT = Pattern.compile("//[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);

    private Repository() {
    }

    static String headerWithoutComments() throws IOException {
        return COMMENT.matcher(Files.readString(HEADER)).replaceAll("");
    }
}
